"""Spanish: names stay as they are; demonyms have gender and number ("chino, china, chinos, chinas")."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="es",
    name="Spanish",
    common=(
        ("és", "és esa eses esas"),
        ("án", "án ana anes anas"),
        ("ón", "ón ona ones onas"),
        ("ol", "ol ola oles olas"),
        ("o", "o a os as"),
        ("a", "a as"),
        ("e", "e es"),
        ("í", "í íes ís"),
    ),
    examples=(
        Example("chino", "las empresas chinas", "chinas"),
        Example("francés", "la diplomacia francesa", "francesa"),
        Example("alemán", "los fabricantes alemanes", "alemanes"),
        Example("iraní", "dos buques iraníes", "iraníes"),
        Example("estadounidense", "Los estadounidenses votan", "estadounidenses"),
        Example("Petro", "la ciudad de Petra", ""),
        Example("ruso", "una carrusa rusiente", ""),
    ),
)
