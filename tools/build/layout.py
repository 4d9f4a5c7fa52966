"""Which module lies in which file on the device: worked out from the imports, by one rule.

What is imported at the top of a module lives in the file of its importer. What is imported inside
a function is a file of its own, and leaves: the build has it take itself out of sys.modules, so
that its memory is free once nothing refers to it any more, and the next import loads it again. A
module that several files need at their top lives in the one that is there before them all.

What cannot follow the rule stands here, with its reason.
"""

from collections.abc import Container, Iterable

# Imported at the top, or by main.py, and all the same a file of its own, which leaves.
_TABLES_WHY = ("a module's constants live as long as its file: of these only the arrays that "
               "p1/parser.py holds are needed, not the bytes that they were made of")
_PARTS_WHY = ("loaded before core.py, which so finds a place in the holes that the bytecode of "
              "this leaves: docs/memory.md")
APART = {
    "microhan/start.py": ("microhan/start.py", "needed before anything else, and never again"),
    "microhan/app.py": ("app.py", "needed for the start only: what it imports stays, "
                        "in core.py; start() takes it out of its package, too"),
    "microhan/hub/hub.py": ("hub.py", _PARTS_WHY),
    "microhan/meter/meter.py": ("meter.py", _PARTS_WHY),
    "microhan/store/files.py": ("store_files.py", "config/settings.py needs it before core.py"),
    "microhan/telegram/p1/table.py": ("tables.py", _TABLES_WHY),
    "microhan/telegram/p1/lookup.py": ("tables.py", _TABLES_WHY),
}
# Of these, what is loaded behind another one that it does not import: app.py imports both, in this
# order.
BEHIND = {"microhan/meter/meter.py": {"microhan/hub/hub.py"}}
CORE = {"microhan/app.py": "core.py"}  # where that lives which a module of APART imports
# Imported inside a function, or apart, and does not leave.
STAY = {
    "microhan/hub/hub.py": "core.py and others import from it",
    "microhan/meter/meter.py": "app.py imports from it, and runs it",
    "microhan/stack.py": "begin.py calls it after start.py has",
    "microhan/store/files.py": "settings.py and core.py both need it: one copy",
    "microhan/web/connections.py": "requests.py imports from its file; server.py drops both",
    "microhan/reading/extras.py": "imported wherever a Reading with such fields is looked at",
    "microhan/outputs/push/channel_lines.py": "every line of a meter that has channels needs it",
    "microhan/telegram/dlms/message.py": "shapes.py imports from it; Frames keeps it anyway",
    "microhan/telegram/dlms/frames.py": "message.py imports from it; the decoder keeps it anyway",
    "microhan/telegram/p1/parser.py": "actions.py and others import from it; the decoder keeps it",
    "microhan/outputs/push/output.py": "channel_lines.py imports from it; the output keeps it",
    "microhan/outputs/port.py": "raw P1 and Modbus may both need it: one copy",
    "microhan/reading/net_power.py": "Modbus, chargers and web/open/ may need it: one copy",
    "microhan/reading/template.py": "the webhook keeps it; settings.py needs it, too",
    "microhan/outputs/http/output.py": "push and the webhook may both need it: one copy",
    "microhan/net/tls.py": "MQTT and push may both need it: one copy",
}
# Imported inside a function, and leaves only where its bytecode is on the heap, and with TLS,
# beside which memory at rest is short. Where bytecode is read in flash (board/in_place.py) the
# rest is small, and loading it again and again takes more.
KEPT = {
    "microhan/ledger/civil.py": "each hour's record",
    "microhan/ledger/closing.py": "each quarter of an hour",
}
# What most devices never have in memory, or for a moment only: of the names in ROM, which cost
# nothing, these get what the rest leaves.
LAST = tuple("microhan/" + name for name in (
    "board/port", "config/backup", "meter/feed", "outputs/connection_test", "outputs/http/",
    "outputs/modbus/", "outputs/p1/", "outputs/port", "outputs/push/", "outputs/tester",
    "outputs/webhook/", "reading/net_power", "reading/template", "setup/", "store/backup",
    "update/", "web/backup", "web/claim", "web/fetch", "web/metrics", "web/open/", "web/restore",
    "web/update", "web/websocket")) + ("twin_radio",)
# Files that leave and have native code, and who holds on to them. An ESP32 never gives the memory
# of native code back before a restart, so none of these may be loaded over and over.
HELD = {
    "board_flash_map.py": "InPlace holds the FlashMap",
    "board_in_place.py": "loaded once, at the start; archive.register is an InPlace's",
    "telegram_crypto_cipher.py": "Messages holds the Cipher",
    "telegram_p1_extra_lines.py": "P1Parser holds an ExtraLines",
    "telegram_p1_repair.py": "P1Parser holds the function",
    "telegram_p1_encrypted.py": "Frames holds the function",
}


class LayoutError(Exception):
    """The imports allow no layout; the text says which, and what to do."""


class Layout:
    """`file_of` {module: file}; `parts` {file: its modules, each behind those it imports};
    `leaving`: files that take themselves out of sys.modules; `kept`: those of them that do not
    where their bytecode is read in flash.

    top: {module: modules that it imports at its top, in order}; lazy: {module: those that it
    imports elsewhere}; entries: modules that main.py or a test knows by name. `alone`: each module
    is a file of its own; `apart`: the list to go by (both to measure what they are worth).
    """

    def __init__(self, top: dict[str, list[str]], lazy: dict[str, list[str]],
                 entries: Container[str] = (), apart: dict[str, tuple[str, str]] | None = None,
                 alone: bool = False) -> None:
        self._apart = APART if apart is None else apart
        self._top = top
        self._lazy = lazy
        imported = {m for found in (top, lazy) for theirs in found.values() for m in theirs}
        self._lazily = {m for theirs in lazy.values() for m in theirs}
        self.entries = {m for m in top if m in entries or m not in imported}
        lying_apart = {m for m in self._apart if m in top}
        self._roots = set(top) if alone else self.entries | self._lazily | lying_apart
        self._closures = {root: self._closure(root) for root in sorted(self._roots)}
        self._before = self._all_before()
        self.file_of = {}
        for module in self._ordered():
            root = module if module in self._roots else self._home(module)
            self.file_of[module] = self._file(root, root != module)
        self.parts: dict = {}
        for module in self._ordered():
            self.parts.setdefault(self.file_of[module], []).append(module)
        self.leaving = {self.file_of[m] for m in (self._lazily - self.entries) | lying_apart
                        if m not in STAY and m not in APART.keys() - self._apart.keys()}
        self.kept = {self.file_of[m] for m in KEPT if m in self._lazily} & self.leaving
        if not alone:
            self._check()

    def _file(self, root, guest):
        """The name of a root's file. On the device files lie side by side: a folder costs heap."""
        if guest and root in self._apart and root in CORE:
            return CORE[root]
        if root in self._apart:
            return self._apart[root][0]
        if root in self.entries:
            return root
        return root.removeprefix("microhan/").replace("/", "_")

    def _closure(self, root):
        """(modules that come with it, other roots that its file imports from)."""
        mine, left = [root], [root]
        roots = self._roots & BEHIND.get(root, set())
        while left:
            for module in self._top[left.pop()]:
                if module in self._roots:
                    roots.add(module)
                elif module not in mine:
                    mine.append(module)
                    left.append(module)
        return mine, roots - {root}

    def _all_before(self):
        """{root: roots whose file has been loaded whenever this one is, and itself}."""
        needs = {root: roots for root, (_, roots) in self._closures.items()}
        loads = {root: needs[root] | {m for module in mine for m in self._lazy[module]}
                 for root, (mine, _) in self._closures.items()}
        # without `one` it cannot be reached: it goes before
        reached = {one: self._reached(loads, one) for one in self._roots}
        before = {root: {one for one in self._roots if root not in reached[one]} | {root}
                  for root in self._roots}
        for _ in self._roots:
            for root, mine in before.items():
                before[root] = mine.union(*(needs[one] | before[one] for one in mine))
        return before

    def _reached(self, loads, without):
        """The roots that can be loaded without this one, and those that import from it."""
        lost, more = set(), {without}
        while more - lost:
            lost |= more
            more = {root for root, (_, roots) in self._closures.items() if roots & lost}
        found, left = set(), [m for m in self._roots - lost if m in self.entries
                              or m in self._apart]
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                left += loads[one] - lost
        return found

    def _home(self, module):
        """The root in whose file a module lives."""
        hosts = [root for root, (mine, _) in self._closures.items() if module in mine]
        fit = set.intersection(*(self._before[root] for root in hosts))
        for root in sorted(fit):
            if fit <= self._before[root]:
                return root
        raise LayoutError(f"{module} is imported at the top of {', '.join(sorted(hosts))}, and no "
                          "file is loaded before them all: import it inside a function")

    def _ordered(self):
        """All modules, each behind those that it imports at its top."""
        done = []

        def visit(module, path):
            if module in path:
                raise LayoutError("a circle of imports: " + " -> ".join([*path, module]))
            if module not in done:
                for other in self._top[module]:
                    visit(other, [*path, module])
                done.append(module)
        for module in sorted(self._top, key=lambda m: (m not in APART, m)):
            visit(module, [])
        return done

    def _check(self):
        """A file that leaves must not be loaded twice over for what two files hold of it."""
        for file in self.leaving:
            top = self._importers(self._top, file)
            all_ = sorted(top | self._importers(self._lazy, file))
            if top and len(all_) > 1:
                raise LayoutError(f"{', '.join(all_)} import from {file}, which leaves: list it "
                                  "in STAY (tools/build/layout.py)")

    def _importers(self, imports, file):
        """The other files that import from this one."""
        mine = set(self.parts[file])
        return {self.file_of[m] for m, theirs in imports.items() if mine & set(theirs)} - {file}


def places(parts: dict[str, list[str]], entries: Container[str],
           names: Iterable[str]) -> dict[str, str]:
    """{file: its name on the device}: those that nobody outside asks for by name get one of
    `names`, which cost nothing, and which no other file has. parts: {file: its modules}."""
    place = {file: file for file in parts}
    free = [file for file in sorted(parts) if "/" not in file and not any(
        # ... nor is one of the twin's own, which lie beside it
        name in entries or "/" not in name for name in parts[file])]
    kept = {file.rpartition("/")[2] for file in parts} - set(free)
    place.update(zip(free, [f"{name}.py" for name in names if f"{name}.py" not in kept]))
    return place
