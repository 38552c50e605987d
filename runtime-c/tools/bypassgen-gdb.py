"""
gdb commands for programs inside a bypassgen runtime: `gdb -p PID -x bypassgen-gdb.py`.

  info bypass-threads         the threads of all programs, running or waiting
  bypass-thread TID [COMMAND]  does COMMAND (default: backtrace) as if that thread were selected
  bypass-symbols              loads the symbols of the files that programs have mapped; the others do so, too

The programs' threads are data of the runtime (struct bp_task of linux/task.h), which gdb reads by the runtime's own
debug information. A thread that waits is shown by the registers that its last entry into the runtime left on top of its
handler stack (struct bp_frame of entry/frame.h). Nothing is changed in the process.
"""
import re

import gdb
import gdb.unwinder

CALLEE_SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")


def u64(value):
    return int(value) & (2**64 - 1)


def list_of(head, type_name, member):
    """The objects that a struct bp_list links by that member."""
    type_ = gdb.lookup_type(type_name)
    offset = next(field.bitpos // 8 for field in type_.fields() if field.name == member)
    node = head["next"]
    while u64(node) != u64(head.address):
        yield gdb.Value(u64(node) - offset).cast(type_.pointer()).dereference()
        node = node["next"]


def static(name, file):
    """A static variable of one file of the runtime."""
    for symbol in gdb.lookup_static_symbols(name):
        if symbol.symtab.filename.endswith(file):
            return symbol.value()
    raise gdb.GdbError(f"this is no bypassgen runtime, or it has no debug information: there is no {name}")


def tasks():
    """(struct bp_proc, struct bp_task) of each thread."""
    procs = static("procs", "linux/task.c")
    for i in range(procs.type.range()[1] + 1):
        if u64(procs[i]):
            proc = procs[i].dereference()
            for task in list_of(proc["tasks"], "struct bp_task", "node"):
                yield proc, task


def host_thread(task):
    """The host thread that runs the task now, or None."""
    worker = task["thread"]["worker"]
    if not u64(worker) or u64(worker["pc"]["thread"]) != u64(task["thread"].address):
        return None
    lwp = int(worker["host_tid"])
    return next((thread for thread in gdb.selected_inferior().threads() if thread.ptid[1] == lwp), None)


# ---- registers ----


def original(rip):
    """Where a call that was moved into a thunk continues: its address in the program's own text (entry/thunk.c)."""
    try:
        code = gdb.selected_inferior().read_memory(rip - 20, 13).tobytes()
    except gdb.MemoryError:
        return rip
    if code[:3] != b"\x48\x8d\x0d" or code[7:] != b"\x41\xbb\x02\x02\0\0":  # leaq BEHIND(%rip), %rcx; movl $0x202, %r11d
        return rip
    return rip - 13 + int.from_bytes(code[3:7], "little", signed=True)


def registers(frame):
    found = {name: u64(frame[name]) for name in CALLEE_SAVED + ("rsp",)}
    found["rip"] = original(u64(frame["rip"]))
    return found


def has_not_run(thread):
    trampoline = u64(gdb.parse_and_eval("(unsigned long)&bp_thread_trampoline"))
    return not int(thread["on_cpu"]) and u64(
        gdb.Value(u64(thread["switch_sp"]) + 48).cast(gdb.lookup_type("unsigned long").pointer()).dereference()
    ) == trampoline


def entered_with(task):
    """The program's registers at its last entry into the runtime; as it will begin, when it has not run."""
    thread = task["thread"]
    if has_not_run(thread):
        return registers(task["start"]["frame"])
    frame = gdb.lookup_type("struct bp_frame")
    return registers(gdb.Value(u64(thread["stack_top"]) - frame.sizeof).cast(frame.pointer()).dereference())


def in_program(task, host):
    """A thread that runs is in its own code unless the stack is the runtime's."""
    host.switch()
    rsp = u64(gdb.newest_frame().read_register("rsp"))
    thread = task["thread"]
    return not u64(thread["stack_memory"]) <= rsp <= u64(thread["stack_top"])


# ---- symbols ----

loaded = set()


def elf_base(path):
    """The address that the file's beginning is linked to, or None when it is no ELF file."""
    try:
        with open(path, "rb") as file:
            header = file.read(4096)
    except OSError:
        return None
    if header[:6] != b"\x7fELF\x02\x01":
        return None
    phoff = int.from_bytes(header[32:40], "little")
    size, count = (int.from_bytes(header[at : at + 2], "little") for at in (54, 56))
    for i in range(count):
        entry = header[phoff + i * size : phoff + (i + 1) * size]
        if len(entry) == 56 and int.from_bytes(entry[:4], "little") == 1:  # PT_LOAD
            vaddr, offset = (int.from_bytes(entry[at : at + 8], "little") for at in (16, 8))
            return vaddr - offset
    return None


def mapped_files():
    """(path, address of the file's beginning) of all mappings that begin a file."""
    text = gdb.execute("info proc mappings", to_string=True)
    line = re.compile(r"^\s*0x([0-9a-f]+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+\s+0x0\s+(?:[rwxps-]+\s+)?(/.*?)\s*$", re.M)
    return [(path, int(start, 16)) for start, path in line.findall(text)]


def load_symbols():
    own = gdb.current_progspace().filename
    for path, start in mapped_files():
        base = None if path == own or (path, start) in loaded else elf_base(path)
        if base is None:
            continue
        loaded.add((path, start))
        try:
            gdb.execute(f"add-symbol-file '{path}' -o {start - base:#x}", to_string=True)
        except gdb.error as error:
            gdb.write(f"{path}: {error}\n")


# ---- a waiting thread's frames ----


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Below(gdb.unwinder.Unwinder):
    """Puts the program's frames below the innermost frame of the selected host thread."""

    def __init__(self):
        super().__init__("bypassgen")
        self.registers = None
        self.host_sp = 0

    def __call__(self, pending):
        if not self.registers or u64(pending.read_register("rsp")) != self.host_sp:
            return None
        info = pending.create_unwind_info(
            FrameId(gdb.Value(self.registers["rsp"] - 8), pending.read_register("rip"))
        )
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(pending.read_register(name).type))
        return info

    def run(self, program, command):
        """What a command prints with the program's innermost frame selected."""
        self.host_sp = u64(gdb.newest_frame().read_register("rsp"))
        self.registers = program
        gdb.invalidate_cached_frames()
        try:
            gdb.newest_frame().older().select()
            return gdb.execute(command, to_string=True)
        finally:
            self.registers = None
            gdb.invalidate_cached_frames()


below = Below()
gdb.unwinder.register_unwinder(None, below, replace=True)


def without_host_frame(text):
    return re.sub(r"^#(\d+)", lambda m: f"#{int(m[1]) - 1}", re.sub(r"\A#0 .*?\n(?=#|\Z)", "", text, flags=re.S), flags=re.M)


def run_as(task, command):
    host = host_thread(task)
    if host and in_program(task, host):
        return gdb.execute(command, to_string=True)
    text = below.run(entered_with(task), command)
    return without_host_frame(text) if re.match(r"(bt|backtrace|where)\b", command) else text


# ---- commands ----


class Kept:
    """The user's thread stays selected."""

    def __enter__(self):
        self.thread = gdb.selected_thread()
        if not self.thread:
            raise gdb.GdbError("there is no process: attach to a runtime first (gdb -p)")

    def __exit__(self, *_):
        self.thread.switch()


def place(address):
    block = gdb.block_for_pc(address)
    while block and not block.function:
        block = block.superblock
    if block:
        return block.function.name
    name = gdb.execute(f"info symbol {address:#x}", to_string=True)
    return f"{address:#x}" if name.startswith("No symbol") else name.split(" in section")[0]


def where(task):
    host = host_thread(task)
    if host and in_program(task, host):
        return f"runs in {place(u64(gdb.newest_frame().read_register('rip')))}"
    state = str(task["thread"]["state"]).replace("BP_THREAD_", "").lower()
    verb = "in a call" if host else {"running": "is ready"}.get(state, "waits")
    return f"{verb} from {place(entered_with(task)['rip'])}"


class InfoThreads(gdb.Command):
    """The threads of all programs in this runtime."""

    def __init__(self):
        super().__init__("info bypass-threads", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        with Kept():
            load_symbols()
            gdb.write(f"{'TID':<9}{'PID':<9}{'Program':<17}{'Thread':<17}Where\n")
            for proc, task in tasks():
                gdb.write(
                    f"{int(task['tid']):<9}{int(proc['pid']):<9}{proc['name'].string():<17}"
                    f"{task['comm'].string():<17}{where(task)}\n"
                )


class Thread(gdb.Command):
    """bypass-thread TID [COMMAND]: a gdb command (default: backtrace) in a thread of a program."""

    def __init__(self):
        super().__init__("bypass-thread", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        tid, _, command = argument.strip().partition(" ")
        with Kept():
            load_symbols()
            for _, task in tasks():
                if tid == str(int(task["tid"])):
                    gdb.write(run_as(task, command.strip() or "backtrace"))
                    return
        raise gdb.GdbError(f"no program has a thread '{tid}'; `info bypass-threads` lists them")


class Symbols(gdb.Command):
    """Loads the symbols of the files that programs have mapped since the last time."""

    def __init__(self):
        super().__init__("bypass-symbols", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        load_symbols()


InfoThreads()
Thread()
Symbols()
# System calls on their way to the runtime, and its own signals (sched/worker.h).
gdb.execute("handle SIGSYS SIG62 SIG63 SIG64 nostop noprint pass", to_string=True)
