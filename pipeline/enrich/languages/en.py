"""English: nothing declines; 's and hyphens end a word, and plurals of demonyms stand in the gazetteer."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="en",
    name="English",
    examples=(
        Example("China", "China's exports rose", "China"),
        Example("Japan", "the US-Japan alliance", "Japan"),
        Example("Russians", "many Russians’ savings", "Russians"),
        Example("U.S.", "a U.S.-led coalition", "U.S."),
        Example("Turkey", "roast turkey for dinner", ""),
        Example("China", "a stroll through Chinatown", ""),
        Example("Oman", "a Roman emperor", ""),
    ),
)
