"""Italian: names stay as they are, elided words end at the apostrophe; demonyms have gender and number."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="it",
    name="Italian",
    common=(
        # The hard sound before -i and -e is kept by some ("turchi, tedeschi, polacchi") and not by others ("greci").
        ("cco", "cco cca cchi cche"),
        ("rco", "rco rca rchi rche"),
        ("sco", "sco sca schi sche"),
        ("co", "co ca ci che"),
        ("ga", "ga gi ghe"),
        ("o", "o a i e"),
        ("a", "a i e"),
        ("e", "e i"),
    ),
    examples=(
        Example("Iran", "il programma dell'Iran", "Iran"),
        Example("russo", "le forze russe", "russe"),
        Example("cinese", "i prodotti cinesi", "cinesi"),
        Example("tedesco", "le case automobilistiche tedesche", "tedesche"),
        Example("turco", "i droni turchi", "turchi"),
        Example("belga", "i ministri belgi", "belgi"),
        Example("Marco Rubio", "la signora Marca Rubia", ""),
        Example("Cina", "la medicina in piscina", ""),
    ),
)
