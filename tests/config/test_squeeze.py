from config.squeeze import compressed, squeezed


def test_a_script_loses_its_comments_and_margins_and_nothing_else() -> None:
    source = (
        b'// why\nimport { a } from "./a.js";\n\n  // more\n  const url = "https://x"; // kept: not alone\n'
    )
    expected = b'import { a } from "./a.js";\nconst url = "https://x"; // kept: not alone\n'
    assert squeezed(name="widget/a.js", content=source) == expected


def test_a_style_sheet_loses_its_comments_and_margins() -> None:
    source = b"/* one\n two */\n.a {\n  color: red;\n}\n"
    assert squeezed(name="css/a.css", content=source) == b".a {\ncolor: red;\n}\n"


def test_other_files_stay_as_they_are() -> None:
    assert squeezed(name="favicon.svg", content=b"  <svg/>") == b"  <svg/>"


def test_the_same_content_is_compressed_to_the_same_bytes() -> None:
    assert compressed(b"x" * 99) == compressed(b"x" * 99)
