"""One call of the program: its options, folders, console and job line."""

from __future__ import annotations

import shlex
from argparse import Namespace
from typing import TYPE_CHECKING

from engine.console.options import DEFAULT_LIBRARY
from engine.console.output import Console
from engine.errors import InputError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import list_libraries, open_library
from engine.library.preferred import better_model, preferred_model
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths

if TYPE_CHECKING:
    from engine.search.encode import Encoder


class Invocation:
    """What a command needs.

    Args:
        options: The parsed command line.
        console: Where it writes.

    Raises:
        InputError: FS-002, the home that was named is no folder.
    """

    def __init__(self, options: Namespace, console: Console) -> None:
        self.options = options
        self.console = console
        self.ctx = JobContext(console.progress, on_warning=console.warn)
        self.paths = Paths.resolve(options.home)
        self.models = ModelStore(self.paths)

    def library(self, *, read_only: bool = True, create: bool = False) -> Catalogue:
        """Open the library named on the command line.

        Args:
            read_only: Only look.
            create: Make it if it does not exist.

        Raises:
            InputError: There is no such library.
        """
        name = self.options.library
        if not create and not list_libraries(self.paths):
            raise InputError("FS-216", command=self.hint("index", "FOLDER"))
        catalogue = open_library(self.paths, name, read_only=read_only, create=create)
        if catalogue.recovered:
            self.console.warn(catalogue.recovered)
        return catalogue

    def model(self, catalogue: Catalogue) -> ModelInfo:
        """Return the model named on the command line, else the one that a library is used with.

        Raises:
            InputError: FS-001, there is no such model.
        """
        if self.options.model:
            return self.models.get(self.options.model)
        better = better_model(self.models, catalogue)
        if better is not None:
            self.console.note(
                f"There is a better model, {better.id}; this library is not indexed with it yet: "
                f"{self.hint('index', '--model', better.id)}"
            )
        return preferred_model(self.models, catalogue)

    def hint(self, *command: str) -> str:
        """Return how to call another command for the same library and home."""
        words = ["foodsearch-cli", *command]
        library = getattr(self.options, "library", DEFAULT_LIBRARY)
        if library != DEFAULT_LIBRARY:
            words += ["--library", library]
        if command[0] == "index" and getattr(self.options, "model", None):
            words += ["--model", self.options.model]
        if self.options.home:
            words += ["--home", self.options.home]
        return shlex.join(words)

    def encoder(self, model: ModelInfo) -> Encoder:
        """Load a model; the first use of torch takes seconds."""
        self.ctx.progress("Loading the model", 0)
        from engine.device import choose_device, use_cores
        from engine.search.encode import Encoder

        use_cores()
        encoder = Encoder(model, choose_device(self.options.device))
        self.ctx.checkpoint()
        return encoder
