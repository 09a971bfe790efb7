"""Words that a search may leave out: articles, prepositions, "and", in the languages that people type most.

"war in Ukraine" must also find stories that have no "in". Only small letters count: WHO and IT mean something. "us" is no such word
here, since who types it into a newsdesk's search means the country.
"""

from __future__ import annotations

_WORDS = """
a an and are as at be been between by for from has have how in into is it its of on or over that the their this to was
were what when where which who why will with
am an auf aus bei beim das dem den der des die durch ein eine einem einen einer für gegen im ist mit nach oder sich und
unter vom von vor was wegen wer wie zu zum zur über
de een en het in met naar of om op te tegen tot uit van voor
a au aux avec ce ces contre d' dans de des du en entre est et l' la le les ou par pour qui que sur un une
al como con contra de del desde el en entre es la las lo los o para por que se sin sobre su un una y
a ai al alla alle con contro da dal dalla degli dei del della delle di e gli i il in la le lo nel nella o per su sul sulla
tra un una
a ao aos as com contra da das de do dos e em entre na nas no nos o os ou para pela pelo por que se um uma
без в во для до за и из или к на над не о об от по под при про с со у что
без в для до за з зі і й на над не о об от по під при про та у що як
a do i lub na nad o od po pod przeciw przez w we z za ze że
ile için ve veya
أن أو إلى التي الذي بعد بين حول ضد على عن في قبل من مع و
از با برای به بین تا در را علیه که و
"""

FUNCTION_WORDS = frozenset(_WORDS.split())
