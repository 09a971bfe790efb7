"""The credits line in the languages of the wire."""

from __future__ import annotations

import pytest

from pipeline.formats.credits import parse_credits


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(Reporting by Ann O'Neil in Paris; Writing by B. Cole; Editing by Dee Ek, F. Gray and H-I Jones)",
         "reporter Ann O'Neil, writer B. Cole, editor Dee Ek, editor F. Gray, editor H-I Jones"),
        ("(Berichterstatterin: Petra Lang; Autor: Jan Olm; Redakteure: Uwe Ries und Ida Moor)",
         "reporter Petra Lang, writer Jan Olm, editor Uwe Ries, editor Ida Moor"),
        ("(Reportage de Jean Dupont, rédigé par Anne Roy, édité par Luc Le Gall)",
         "reporter Jean Dupont, writer Anne Roy, editor Luc Le Gall"),
        ("(Reporte de Ana Gómez; editado por Luis Pérez y Eva Ruiz)", "reporter Ana Gómez, editor Luis Pérez, editor Eva Ruiz"),
        ("(Автор: Иван Петров; редактор: Анна Сидорова)", "writer Иван Петров, editor Анна Сидорова"),
        ("（记者：王芳；编辑：李明、张伟）", "reporter 王芳, editor 李明, editor 张伟"),
        ("(إعداد: أحمد علي؛ تحرير: سارة حسن)", "reporter أحمد علي, editor سارة حسن"),
        ("(Haber: Ali Kaya; Editör: Ayşe Demir)", "reporter Ali Kaya, editor Ayşe Demir"),
        ("(This version corrects the third paragraph)", ""),
        ("(Bericht wird fortgesetzt)", ""),
        ("(see page 3)", ""),
        ("Reporting by nobody in brackets", ""),
    ],
)  # fmt: skip
def test_credits_line(line: str, expected: str) -> None:
    assert ", ".join(f"{credit.role} {credit.name}" for credit in parse_credits(line)) == expected
