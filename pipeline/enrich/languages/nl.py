"""Dutch: genitive -s on names; adjectives and peoples have capitals and take -e ("Chinees, Chinese")."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="nl",
    name="Dutch",
    declensions=(
        ("ees", "ees ese"),
        ("isch", "isch ische"),
        # Names in a hiss take an apostrophe, which ends a word anyway, and so do those in a vowel ("China's").
        ("s", "s se"),
        ("x", "x"),
        ("z", "z"),
        ("a", "a"),
        ("i", "i"),
        ("o", "o"),
        ("u", "u"),
        ("", "- s"),
    ),
    # Words in lower case are bodies and offices: "ministerie", "regering".
    common=(("ie", "ie ies"),),
    examples=(
        Example("Mark Rutte", "Mark Ruttes bezoek aan Kyiv", "Mark Ruttes"),
        Example("China", "China’s uitvoer groeit", "China"),
        Example("Iran", "Irans atoomprogramma", "Irans"),
        Example("Chinees", "twee Chinese bedrijven", "Chinese"),
        Example("Russisch", "een Russische aanval", "Russische"),
        Example("Russisch", "het Russisch-Oekraïense front", "Russisch"),
        Example("Amerikaans", "de anti-Amerikaanse leuzen", "Amerikaanse"),
        Example("Verenigde Staten", "de sancties van de Verenigde Staten", "Verenigde Staten"),
        Example("Europese Commissie", "de voorzitter van de Europese Commissie", "Europese Commissie"),
        Example("Mali", "een Malinees gebaar", ""),
        Example("Turks", "een turkse tortel in de tuin", ""),
        Example("Oman", "een roman uit Omaha", ""),
    ),
)
