"""What the export writes beside the steps is what they read."""

from docfuse_pipeline.traits import DEFAULT, FILE, DetectorTraits, ReadingTraits, RecognizerTraits


def test_written_traits_are_read_back(tmp_path):
    traits = ReadingTraits(
        DetectorTraits(ink=0.1, box=0.2, unclip=1.0, opened=True, words=True),
        RecognizerTraits(("", *"aé€"), "attention", 32, {128: 7}, {128: 33}, True),
    )
    (tmp_path / FILE).write_text(traits.to_json(), encoding="utf-8")
    assert ReadingTraits.beside(str(tmp_path / "model.py")) == traits


def test_a_step_without_traits_reads_as_ppocr(tmp_path):
    assert ReadingTraits.beside(str(tmp_path / "model.py")) == DEFAULT
    assert ReadingTraits.from_json(DEFAULT.to_json()) == DEFAULT
