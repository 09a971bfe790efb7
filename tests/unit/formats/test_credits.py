"""The credits line in the languages of the wire."""

from __future__ import annotations

import pytest

from pipeline.formats.credits import take_credits


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
        ("(Reporting by Ann Roe; additional reporting by Bo Li in Taipei and Cy Do; Translated by Dee Ek)",
         "reporter Ann Roe, reporter Bo Li, reporter Cy Do, translator Dee Ek"),
        ("(Отчет)", ""),
        ("(Servizio di Anna Neri, editing Luca Bianchi)", "reporter Anna Neri, editor Luca Bianchi"),
        ("(Reportagem de Ana Sá; edição de Rui Paz e Eva Luz)", "reporter Ana Sá, editor Rui Paz, editor Eva Luz"),
        ("(Verslaggeving door Jan de Vries; bewerkt door Eva Bos)", "reporter Jan de Vries, editor Eva Bos"),
        ("(Relacja: Jan Kos; Redakcja: Ewa Lis i Adam Bąk)", "reporter Jan Kos, editor Ewa Lis, editor Adam Bąk"),
        ("(Репортер: Олена Коваль; редактори: Іван Бойко та Марія Гай)",
         "reporter Олена Коваль, editor Іван Бойко, editor Марія Гай"),
        ("(گزارش: سارا احمدی؛ ویراستار: علی رضایی و مینا کریمی)", "reporter سارا احمدی, editor علی رضایی, editor مینا کریمی"),
        ("（取材：山田太郎、編集：鈴木花子）", "reporter 山田太郎, editor 鈴木花子"),
        ("Flaubert (auteur de Madame Bovary).", ""),
        ("(This version corrects the third paragraph)", ""),
        ("(Bericht wird fortgesetzt)", ""),
        ("(see page 3)", ""),
        ("Reporting by nobody in brackets", ""),
    ],
)  # fmt: skip
def test_credits_line(line: str, expected: str) -> None:
    assert ", ".join(f"{credit.role} {credit.name}" for credit in take_credits(line).credits) == expected


def test_a_line_that_says_more_than_names_is_kept_in_a_note() -> None:
    found = take_credits("Ende. (Bericht von Anna Weber, redigiert von Bo Li. Bei Rückfragen die Redaktion anrufen)")
    assert found.body == "Ende."
    assert found.note is not None
    assert "Rückfragen" in found.note
