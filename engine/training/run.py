"""The folder of a run: what was asked for, how far it is, the best weights, the finished model."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import InputError, TrainingError
from engine.models.ids import model_id
from engine.models.manifest import read_json
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.storage import atomic_write, disk_failure, write_json
from engine.training.config import TrainConfig

_DESCRIPTION = "run.json"
_FACTS = "facts.json"
_LOG = "log.jsonl"
PROGRESS = "progress"  # what a checkpoint knows besides its tensors
_LONGEST_HEAD = 100_000_000  # bytes, as the format has it
_LONGEST_NAME = 200  # of a model
_PATIENCE = 10.0  # seconds in which a process whose window was killed may end


@dataclass(frozen=True)
class RunRequest:
    """What a training was asked to do; enough to begin it again.

    Attributes:
        name: Of the run and of the model it makes.
        config: Its settings.
        folder: Where its photos lie.
        split: The file of splits whose training photos are used, empty for all photos.
        parent: Id of the model it starts from, empty for the backbone's pretrained weights.
        weights: A file with the backbone's weights, empty for those on this computer, ``"none"``
            for random ones.
    """

    name: str
    config: TrainConfig
    folder: str
    split: str = ""
    parent: str = ""
    weights: str = ""

    @property
    def id(self) -> str:
        """Id of the model it makes."""
        return model_id(self.name)


@dataclass(frozen=True)
class SoFar:
    """What a run came to up to its checkpoint.

    Attributes:
        seconds: How long it trained, without pauses.
        best_epoch: The epoch whose weights are kept, 0 before the first.
        best_map: Its mAP, None while nothing was validated.
        epochs: How many are done.
    """

    seconds: float = 0.0
    best_epoch: int = 0
    best_map: float | None = None
    epochs: int = 0


class Run:
    """A run on the disk.

    Args:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint = path / "checkpoint.safetensors"
        self.best = path / "best.safetensors"
        self.teacher = path / "teacher.safetensors"
        self.learned_codes = path / "learned_codes.safetensors"
        self.model = path / "model.fsmodel"
        self._log = path / _LOG
        self._lock = FileLock(path / ".lock")

    @classmethod
    def create(cls, paths: Paths, request: RunRequest) -> Run:
        """Begin a run; a finished one of its name goes if its model was deleted.

        Raises:
            TrainingError: FS-504, there is a run or a model of this name.
            EngineError: FS-002 impossible name; FS-002 or FS-205, the disk does not let it.
        """
        _check_name(request.name)
        if is_taken(paths, request.id):
            raise TrainingError("FS-504", name=request.id)
        run = cls(paths.runs / request.id)
        try:
            # A folder without a description holds no run any more, or not yet.
            run.path.mkdir(parents=True, exist_ok=True)
            with run.held():
                if is_taken(paths, request.id):  # somebody else was faster
                    raise TrainingError("FS-504", name=request.id)
                run.discard()
                write_json(run.path / _DESCRIPTION, asdict(request))
        except OSError as error:
            raise disk_failure(run.path, error) from error
        return run

    @classmethod
    def open(cls, paths: Paths, name: str) -> Run:
        """Return the run of an id or a name, or in a folder.

        Raises:
            InputError: FS-001, there is none.
        """
        places = [paths.runs / name, Path(name)]
        with contextlib.suppress(InputError):
            places.append(paths.runs / model_id(name))
        for path in places:
            if (run := cls(path)).exists:
                return run
        known = ", ".join(run.path.name for run in list_runs(paths)) or "none"
        raise InputError("FS-001", kind="run", name=name, known=known)

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.path.name

    @property
    def exists(self) -> bool:
        """Whether its folder holds a run: not any more if it was discarded."""
        return (self.path / _DESCRIPTION).is_file()

    @property
    def has_begun(self) -> bool:
        """Whether its photos and weights were found fit to train with."""
        return (self.path / _FACTS).exists()

    @property
    def is_finished(self) -> bool:
        """Whether its model is installed."""
        return self.has_begun and "model" in self.read_facts()

    def is_left_over(self, store: ModelStore) -> bool:
        """Whether it ended with a model that is not installed any more."""
        try:
            return self.is_finished and store.is_free(self.read_facts()["model"])
        except TrainingError:
            return False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else train, end or delete this run while the block runs; may be nested.

        Raises:
            TrainingError: FS-522, somebody else does.
        """
        try:
            self._lock.acquire(timeout=_PATIENCE)
        except Timeout as error:
            raise TrainingError("FS-522", name=self.name) from error
        except OSError as error:
            raise disk_failure(self.path, error) from error
        try:
            yield
        finally:
            self._lock.release()
            if not self._lock.is_locked and not self.exists:
                # Of a run that stays so does the lock: whoever waits for it holds the same file.
                with contextlib.suppress(OSError):
                    Path(self._lock.lock_file).unlink()
                    self.path.rmdir()  # it was discarded; foreign files keep the folder

    @property
    def is_held(self) -> bool:
        """Whether somebody trains, ends or deletes this run just now."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:  # nobody can write here
            return False
        self._lock.release()
        return False

    def request(self) -> RunRequest:
        """Return what it was asked to do.

        Raises:
            TrainingError: FS-506, its description is damaged.
        """
        try:
            values = read_json((self.path / _DESCRIPTION).read_bytes())
            return RunRequest(**{**values, "config": TrainConfig.from_dict(values["config"])})
        except (OSError, ValueError, TypeError, KeyError, InputError) as error:
            reason = f"its description is damaged: {error}"
            raise TrainingError("FS-506", name=self.name, reason=reason) from error

    def write_facts(self, facts: Mapping[str, Any]) -> None:
        """Keep what the finished model must tell of its photos and their preprocessing.

        Raises:
            EngineError: FS-002 or FS-205, the disk does not let it.
        """
        try:
            write_json(self.path / _FACTS, dict(facts))
        except OSError as error:
            raise disk_failure(self.path, error) from error

    def read_facts(self) -> dict[str, Any]:
        """Return what :meth:`write_facts` wrote.

        Raises:
            TrainingError: FS-506, it is damaged.
        """
        try:
            return read_json((self.path / _FACTS).read_bytes())
        except (OSError, ValueError) as error:
            raise TrainingError("FS-506", name=self.name, reason=f"{_FACTS} is damaged") from error

    def write_log(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Write a line for every epoch so far."""
        with atomic_write(self._log, durable=False) as file:
            file.writelines(json.dumps(entry).encode() + b"\n" for entry in history)

    def read_log(self) -> list[dict[str, Any]]:
        """Return what :meth:`write_log` wrote, without lines that a power cut has damaged.

        The log is for people; a training goes on from its checkpoint.
        """
        if not self._log.exists():
            return []
        text = self._log.read_text(encoding="utf-8", errors="replace")
        return [entry for line in text.splitlines() for entry in _read_entry(line)]

    def so_far(self) -> SoFar:
        """Return what its checkpoint tells of it."""
        try:
            # The head of the file alone: the weights would need torch, and time.
            with self.checkpoint.open("rb") as file:
                size = int.from_bytes(file.read(8), "little")
                head = json.loads(file.read(min(size, _LONGEST_HEAD)))
            progress = json.loads(head["__metadata__"][PROGRESS])
            best, done = progress["best"], len(progress["history"])
            return SoFar(float(progress["seconds"]), int(best["epoch"]), best["map"], done)
        except (OSError, ValueError, TypeError, KeyError):
            return SoFar()  # what is damaged is told when all of it is read

    def discard(self) -> None:
        """Delete the run with all it learned; what else lies in its folder is not touched.

        Raises:
            TrainingError: FS-522, it is being trained elsewhere.
            InputError: FS-002, the disk does not let it.
        """
        own = (self.checkpoint, self.best, self.teacher, self.learned_codes, self.model, self._log)
        parts = self.path.glob(".*.part")  # of a write that was killed
        try:
            with self.held():
                for file in (*own, self.path / _FACTS, self.path / _DESCRIPTION, *parts):
                    file.unlink(missing_ok=True)
        except OSError as error:
            raise disk_failure(self.path, error) from error


def list_runs(paths: Paths) -> list[Run]:
    """Return the runs on this computer, the newest last."""
    found = [path.parent for path in paths.runs.glob(f"*/{_DESCRIPTION}")]
    return [Run(path) for path in sorted(found, key=lambda path: path.stat().st_mtime)]


def is_taken(paths: Paths, id: str) -> bool:
    """Whether a new run cannot have an id: there is a model of it, or a run that is in use."""
    run, store = Run(paths.runs / id), ModelStore(paths)
    return not store.is_free(id) or (run.exists and not run.is_left_over(store))


def _read_entry(line: str) -> list[dict[str, Any]]:
    try:
        entry = json.loads(line)
    except ValueError:
        return []
    return [entry] if isinstance(entry, dict) else []


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME or not name.isprintable():
        reason = f"a name has at most {_LONGEST_NAME} letters and signs, on one line"
        raise InputError("FS-002", name=name[:80], reason=reason, advice="Choose another name.")
