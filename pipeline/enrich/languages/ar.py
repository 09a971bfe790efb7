"""Arabic: article, prepositions and "and" are written joined before a name; relational adjectives have gender and number."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="ar",
    name="Arabic",
    declensions=(
        # صيني: feminine, masculine and feminine plural, dual, and the accusative that ends in an alef.
        ("ي", "ي ية يون يين يات يان يا"),
    ),
    prefixes=frozenset(
        [
            "و",
            "ف",
            "ب",
            "ل",
            "ك",
            "ال",
            "وال",
            "فال",
            "بال",
            "كال",
            "لل",
            "ول",
            "ولل",
            "وب",
            "وبال",
            "وك",
            "وكال",
            "فل",
            "فلل",
            "فب",
            "فبال",
        ]
    ),
    openings=(("ال", "لل"),),  # "to" melts with the article: الصين, للصين
    examples=(
        Example("روسيا", "العقوبات على موسكو وروسيا", "روسيا"),
        Example("الصين", "بالصين وخارجها", "الصين"),
        Example("الصين", "زيارة للصين", "للصين"),
        Example("صيني", "الشركات الصينية", "صينية"),
        Example("أوكراني", "مقتل جنود أوكرانيين", "أوكرانيين"),
        Example("المحكمة الجنائية الدولية", "المدعي العام للمحكمة الجنائية الدولية", "للمحكمة الجنائية الدولية"),
        Example("إيران", "وإلى ايران", "ايران"),
        Example("روسيا", "نادي بوروسيا دورتموند", ""),
        Example("قطر", "قطرات من المطر", ""),
    ),
)
