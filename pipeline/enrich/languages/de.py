"""German: genitive -s on names, weak and strong adjectives; compounds are hyphenated or open (see topics)."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="de",
    name="German",
    # Nominative (strong/weak), genitive, dative, accusative or plural.
    declensions=(
        # Adjectives within names: "Kommunistische Partei", "Südchinesisches Meer", "Internationaler Strafgerichtshof".
        ("isches", "isches/ische ischen ischen/ischem isches/ische"),
        ("ischer", "ischer/ische ischen ischen/ischem ischen"),
        ("sche", "sche schen/scher schen/scher sche"),
        ("liche", "liche lichen/licher lichen/licher liche"),
        ("licher", "licher/liche lichen lichen/lichem lichen"),
        ("ige", "ige igen/iger igen/iger ige"),
        ("nale", "nale nalen/naler nalen/naler nale"),
        ("naler", "naler/nale nalen nalen/nalem nalen"),
        ("te", "te ten/ter ten/ter te"),
        ("tes", "tes/te ten ten/tem tes/te"),
        ("zes", "zes/ze zen zen/zem zes/ze"),
        ("ßes", "ßes/ße ßen ßen/ßem ßes/ße"),
        # Nouns whose genitive is -es.
        ("rat", "rat rates/rats rat/rate rat"),
        ("amt", "amt amtes/amts amt/amte amt"),
        ("tag", "tag tages/tags tag/tage tag"),
        ("hof", "hof hofes/hofs hof/hofe hof"),
        ("bund", "bund bundes/bunds bund/bunde bund"),
        ("haus", "haus hauses haus/hause haus"),
        ("reich", "reich reiches/reichs reich/reiche reich"),
        ("dienst", "dienst dienstes/diensts dienst dienste"),
        ("stuhl", "stuhl stuhles/stuhls stuhl stuhl"),
        ("schuss", "schuss schusses schuss schuss"),
        ("gress", "gress gresses gress gress"),
        ("ium", "ium iums ium ien"),
        ("in", "in ins in innen"),
        ("er", "er ers/eres ern er"),
        ("e", "e es/en en en"),
        # Names in a hiss take an apostrophe, which ends a word anyway.
        ("s", "s"),
        ("ß", "ß"),
        ("x", "x"),
        ("z", "z"),
        ("", "- s - -"),
    ),
    # Demonyms stand as "chinesische".
    common=(
        ("sche", "sche schen scher schem sches sch"),
        ("e", "e en er em es"),
    ),
    examples=(
        Example("Antony Blinken", "Antony Blinkens Besuch in Peking", "Antony Blinkens"),
        Example("China", "Chinas Spitzenbeamte", "Chinas"),
        Example(
            "Kommunistische Partei Chinas",
            "Sekretär der Kommunistischen Partei Chinas",
            "Kommunistischen Partei Chinas",
        ),
        Example("chinesische", "gegen chinesischen Firmen", "chinesischen"),
        Example("deutsche", "die deutsch-französische Freundschaft", "deutsch"),
        Example("Südchinesisches Meer", "Spannungen im Südchinesischen Meer", "Südchinesischen Meer"),
        Example("Südchinesisches Meer", "die Inseln des Südchinesischen Meeres", "Südchinesischen Meeres"),
        Example("Chinese", "die Verhandlungen mit den Chinesen", "Chinesen"),
        Example("TikTok", "das TikTok-Verbot", "TikTok"),
        Example("Rom", "ein Roman aus Turin", ""),
        Example("Mali", "mit seinen Malereien", ""),
    ),
)
