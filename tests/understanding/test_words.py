def test_the_words_of_a_text_are_not_kept() -> None:
    phrases = Phrases([("drooping", ["my eyelid droops"])])
    phrases.find("one text")
    strings, lexemes = len(phrases._vocab.strings), len(phrases._vocab)
    for number in range(50):
        assert phrases.find(f"my eyelid droops unheardof{number}")[1]
    assert (len(phrases._vocab.strings), len(phrases._vocab)) == (strings, lexemes)
