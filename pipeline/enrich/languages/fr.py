"""French: names stay as they are, elided words end at the apostrophe; demonyms have gender and number."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="fr",
    name="French",
    common=(
        ("ien", "ien ienne iens iennes"),
        ("éen", "éen éenne éens éennes"),
        ("ain", "ain aine ains aines"),
        ("ois", "ois oise oises"),
        ("ais", "ais aise aises"),
        ("and", "and ande ands andes"),
        ("ol", "ol ole ols oles"),
        ("on", "on onne ons onnes"),
        ("an", "an ane ans anes"),
        ("in", "in ine ins ines"),
        ("ar", "ar are ars ares"),
        ("ec", "ec ecque ecs ecques"),
        ("rc", "rc rque rcs rques"),
        ("e", "e es"),
        ("i", "i ie is ies"),
    ),
    examples=(
        Example("Iran", "le nucléaire de l’Iran", "Iran"),
        Example("chinois", "des entreprises chinoises", "chinoises"),
        Example("turc", "l'armée turque", "turque"),
        Example("coréen", "la péninsule coréenne", "coréenne"),
        Example("russe", "Les Russes votent", "Russes"),
        Example("France", "Frances Haugen témoigne", ""),
        Example("Mali", "la normalité revient", ""),
    ),
)
