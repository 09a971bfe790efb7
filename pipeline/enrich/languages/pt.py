"""Portuguese: names stay as they are; demonyms have gender and number ("chinês, chinesa, chineses, chinesas")."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="pt",
    name="Portuguese",
    common=(
        ("ês", "ês esa eses esas"),
        ("mão", "mão mã mães mãs"),
        ("ão", "ão ã ãos ãs"),
        ("ol", "ol ola óis olas"),
        ("eu", "eu eia eus eias"),
        ("o", "o a os as"),
        ("a", "a as"),
        ("e", "e es"),
        ("i", "i is"),
    ),
    examples=(
        Example("chinês", "as empresas chinesas", "chinesas"),
        Example("alemão", "os fabricantes alemães", "alemães"),
        Example("espanhol", "os bancos espanhóis", "espanhóis"),
        Example("americano", "tropas americanas", "americanas"),
        Example("israelense", "Os israelenses recuaram", "israelenses"),
        Example("Lula", "um prato de lulas", ""),
        Example("Peru", "um peru assado", ""),
    ),
)
