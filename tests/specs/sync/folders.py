"""What stories do with the files of a watched folder, and with their documents."""

from specflow.specs import hooks
from specflow.specs.models import Document
from specflow.specs.sync.watching import Watch

PATH = ".spec-workflow/specs/login/requirements.md"


def put(watch: Watch, text: str, path: str = PATH) -> None:
    file = watch.folder.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def file_of(watch: Watch, path: str = PATH) -> str:
    return (watch.folder.root / path).read_bytes().decode()


def text_of(path: str = PATH) -> str:
    return hooks.full_text(Document.objects.get(path=path))
