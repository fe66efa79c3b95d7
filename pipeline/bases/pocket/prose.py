"""Running text: definitions, everyday sentences, messages and talks, with the repeats that teach to look back."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.bases.pocket.choosing import some_intents
from pipeline.bases.pocket.document import END, END_OF_TEXT, START, Document, Weight
from pipeline.bases.pocket.scribe import Scribe
from pipeline.bases.pocket.wordnet import Meaning


def dictionary(scribe: Scribe, size: int) -> Document:
    """Entries of the dictionary, in one layout per text."""
    layout = scribe.pick(
        [
            "{w}: {g}.",
            "{w} ({p}) {g}",
            "{W} means {g}.",
            'What is meant by "{w}"? {g}.',
            "{W}: {g}. {e}",
            "- {w}: {g}",
            "{g}: {w}",
            "{w}, {s}: {g}. {e}",
        ]
    )
    document = Document("dictionary")
    for _ in range(size):
        meaning = scribe.pick(scribe.lexicon.meanings)
        document.add(_entry(scribe, meaning, layout) + "\n", Weight.PROSE)
    return document.add(END_OF_TEXT, Weight.PROSE)


def _entry(scribe: Scribe, meaning: Meaning, layout: str) -> str:
    word = scribe.pick(meaning.words)
    part = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}[meaning.part_of_speech]
    scribe.written += [meaning.gloss, *meaning.examples]
    filled = {
        "{w}": word,
        "{W}": word[:1].upper() + word[1:],
        "{g}": meaning.gloss,
        "{p}": part,
        "{s}": ", ".join(meaning.words),
        "{e}": " ".join(f'"{e}"' for e in meaning.examples),
    }
    for slot, value in filled.items():
        layout = layout.replace(slot, value)
    return layout.strip()


def kinds(scribe: Scribe, size: int) -> Document:
    """Sentences about words: kinds, opposites, the same in other words."""
    everything, document = scribe.lexicon.all_meanings, Document("kinds")
    for _ in range(size):
        meaning = scribe.pick(scribe.lexicon.meanings)
        word = scribe.pick(meaning.words)
        if meaning.above:
            above = everything[meaning.above[0]]
            text = scribe.spin(
                "[{w} is a kind of {a}.|{a}: for example {w}.|What is {w}? A kind of {a}.|{w}, that is {a}.]",
                w=word,
                a=scribe.pick(above.words),
            )
        elif meaning.opposite:
            text = f"The opposite of {word} is {everything[meaning.opposite[0]].words[0]}."
        elif len(meaning.words) > 1:
            text = f"{meaning.words[0]} means the same as {meaning.words[1]}."
        else:
            text = f"{word}: {meaning.gloss}."
        document.add(text + "\n", Weight.PROSE)
    return document.add(END_OF_TEXT, Weight.PROSE)


def talk(scribe: Scribe, size: int) -> Document:
    """A customer and somebody who answers, as a conversation."""
    document = Document("talk")
    for _ in range(max(1, size // 4)):
        intent = scribe.pick(scribe.lexicon.intents)
        name = scribe.object_name(intent)
        given = scribe.message(intent) if scribe.chance(0.3) else scribe.core(intent, name=name)
        document.add(f"{START}user\n", Weight.SKIP).add(given, Weight.PROSE).add(
            f"{END}\n{START}assistant\n", Weight.SKIP
        )
        document.add(" ".join(scribe.reply(intent, name=name)), Weight.PROSE).add(END, Weight.ANSWER).add(
            "\n", Weight.SKIP
        )
    return document


def messages(scribe: Scribe, size: int) -> Document:
    """Several messages, mostly of one matter in other words."""
    document = Document("messages")
    chosen = some_intents(scribe, scribe.pick([1, 1, 2, size]))
    for _ in range(size):
        document.add(scribe.message(scribe.pick(chosen), short=scribe.chance(0.4)) + "\n", Weight.PROSE)
    return document.add(END_OF_TEXT, Weight.PROSE)


def diary(scribe: Scribe, size: int) -> Document:
    """Everyday sentences; some come back word for word."""
    document, said = Document("diary"), [scribe.sentence()]
    for _ in range(size):
        sentence = scribe.pick(said) if scribe.chance(0.2) else scribe.sentence()
        said.append(sentence)
        document.add(sentence + " ", Weight.PROSE)
    return document.add(END_OF_TEXT, Weight.PROSE)


def repeats(scribe: Scribe, size: int) -> Document:
    """A random stretch, again and again: only the repeats count."""
    document = Document("repeats")
    count = scribe.rng.randint(4, 8 * size)
    joiner = scribe.pick([" ", " ", "\n", ", "])
    make = scribe.pick([scribe.token, scribe.word, scribe.nonsense, scribe.digits])
    stretch = joiner.join(make() for _ in range(count)) + scribe.pick(["\n", ". ", "\n\n", joiner])
    document.add(stretch, Weight.SKIP)
    for _ in range(scribe.pick([1, 1, 2, 3])):
        if scribe.chance(0.5):
            document.add(scribe.sentence() + "\n", Weight.PROMPT)
            document.add(stretch[: len(stretch) // 8], Weight.SKIP).add(stretch[len(stretch) // 8 :], Weight.ANSWER)
        else:
            document.add(stretch, Weight.ANSWER)
    return document.add(END_OF_TEXT, Weight.PROMPT)


def recalls(scribe: Scribe, size: int) -> Document:
    """Facts about people and things, told once and told again in another order."""
    document, facts = Document("recalls"), []
    subjects: list[Callable[[], str]] = [lambda: scribe.listed("first_names"), scribe.nonsense, scribe.word]
    for key in scribe.distinct(2 + size, scribe.pick(subjects)):
        relation = scribe.spin("[lives in|likes|bought|has|is called|wants|found|needs]")
        values: list[Callable[[], str]] = [scribe.word, scribe.digits, lambda: scribe.listed("cities")]
        facts.append((f"{key} {relation} ", scribe.pick(values)()))
    for _ in range(scribe.rng.randint(2, 3)):
        weight = Weight.ANSWER if document.stretches else Weight.SKIP
        for start, end in facts:
            document.add(start, Weight.SKIP).add(end + ". ", weight)
        document.add("\n", Weight.SKIP)
        scribe.rng.shuffle(facts)
    return document.add(END_OF_TEXT, Weight.PROMPT)
