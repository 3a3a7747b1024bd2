"""Instant answers to the exercises: `check("4.2-kmeans-assign", assign)` as the last line of a cell.

An exercise is data: the solution, a source of small cases, and the slips that readers make, each a wrong function
with its hint. The reader's function runs on the cases beside the solution; the slip that answers as the reader
does gives the hint. The same slips are the wrong answers with which the tests prove every exercise.
"""

import contextlib
import copy
import ctypes
import difflib
import dis
import inspect
import io
import linecache
import signal
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from seglearn import checks
from seglearn.exercises.verdict import Verdict, as_array, describe, words
from seglearn.sections import SECTIONS
from seglearn.words import _

N_CASES = 20
LIMIT = 10.0  # seconds that an answer may take for all of its cases
RTOL, ATOL = 1e-5, 1e-8  # numbers agree to five digits, so single precision is right; whole numbers agree exactly


@dataclass(frozen=True)
class Slip:
    """A likely wrong answer, and what to tell the reader who gave it."""

    function: Callable
    hint: str  # English, marked for translation


@dataclass(frozen=True)
class Exercise:
    """A task whose answer is a function."""

    name: str  # section, method, task: "4.2-kmeans-assign"
    solution: Callable
    cases: Callable  # (rng, size) -> a tuple of arguments; size counts from 1
    special: tuple  # tuples of arguments, made by hand: ties, an empty cluster, a border
    slips: tuple[Slip, ...]


def check(name, answer) -> Verdict:
    """Run the reader's function `answer` on the cases of exercise `name` and say how it did.

    Exceptions inside `answer` become part of the verdict; so does an answer that has not ended after some seconds,
    as long as it runs Python. What it prints is shown for the first case only. The cases are the same at every call.
    Raises ValueError, naming the closest exercise, if there is none called `name`.
    """
    exercise = find(name)
    if answer is None or answer is ...:
        return _not_answered(exercise)
    if not callable(answer):
        expected = _("Expected the function {function}, got {came}.")
        message = expected.format(function=exercise.solution.__name__, came=describe(answer))
        return Verdict(name, "wrong", message, came=answer)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a NaN shows in the verdict; its warning would show only once
        return _judge(exercise, answer)


def find(name) -> Exercise:
    """Return the exercise called `name`; ValueError, naming the closest, if there is none."""
    if not isinstance(name, str):
        checks.fail("name", "the name of an exercise", type(name).__name__, TypeError)
    numbers = [section.number for section in SECTIONS]
    number = name.partition("-")[0]
    for exercise in exercises(number) if number in numbers else ():
        if exercise.name == name:
            return exercise
    names = [exercise.name for number in numbers for exercise in exercises(number)]
    closest = difflib.get_close_matches(name, names, n=1, cutoff=0)[0]
    checks.fail("name", f"an exercise (the closest is {closest!r})", repr(name))


def exercises(section) -> tuple[Exercise, ...]:
    """Return the exercises of a section, such as "4.2"."""
    room = next(known.room for known in SECTIONS if known.number == section)
    return import_module(f"seglearn.exercises.{room}").EXERCISES


@dataclass(frozen=True)
class _Trial:
    case: tuple
    expected: object
    came: object
    right: bool


@dataclass(frozen=True)
class _Broken:
    """What came where a function raised, or changed its arguments."""

    kind: str  # equal for equal mistakes
    message: str
    came: object


def _judge(exercise, answer):
    names = list(inspect.signature(exercise.solution).parameters)
    cases = [exercise.cases(np.random.default_rng(size), size) for size in range(1, N_CASES + 1)]
    cases = sorted([*exercise.special, *cases], key=_size)
    trials = []
    try:
        with _limit(LIMIT):
            for case in cases:
                # Prints help to find a fault, but not forty times.
                with contextlib.nullcontext() if not trials else contextlib.redirect_stdout(io.StringIO()):
                    came = _call(answer, case, names)
                expected = exercise.solution(*copy.deepcopy(case))
                trials.append(_Trial(case, expected, came, _same(expected, came)))
            if any(not trial.right for trial in trials):
                return _wrong(exercise, answer, names, trials)
    except _TooLong:
        case = cases[min(len(trials), len(cases) - 1)]
        message = _("Your function has not ended after {n:g} seconds; it was stopped. Does its loop come to an end?")
        shown = dict(zip(names, case))
        return Verdict(exercise.name, "wrong", message.format(n=LIMIT), shown, exercise.solution(*case))
    message = _("Right on {n} random cases and on all special ones.").format(n=N_CASES)
    return Verdict(exercise.name, "right", message)


def _wrong(exercise, answer, names, trials):
    """Return the verdict of an answer that is wrong on some trials, with the smallest case that can be found."""
    if all(trial.came is None or trial.came is ... for trial in trials):
        return _not_answered(exercise) if _is_empty(answer) else _nothing_returned(exercise, names, trials[0])
    wrong = [trial for trial in trials if not trial.right]
    smaller = [exercise.cases(np.random.default_rng([size, i]), size) for size in range(1, 6) for i in range(20)]
    smaller = sorted((case for case in smaller if _size(case) < _size(wrong[0].case)), key=_size)
    shown = wrong[0]
    with contextlib.redirect_stdout(io.StringIO()):
        for case in smaller:
            expected, came = exercise.solution(*copy.deepcopy(case)), _call(answer, case, names)
            if not _same(expected, came):
                shown = _Trial(case, expected, came, False)
                break
        hint = _hint(exercise, trials, names)
    message = _("Wrong on {wrong} of {n} cases. The smallest one found:").format(wrong=len(wrong), n=len(trials))
    came = shown.came.came if isinstance(shown.came, _Broken) else shown.came
    message = " ".join(filter(None, [_complaint(shown), message]))
    return Verdict(exercise.name, "wrong", message, dict(zip(names, shown.case)), shown.expected, came, hint)


def _nothing_returned(exercise, names, trial):
    message = _("Your function returns nothing. Is its last line `return ...`?")
    return Verdict(exercise.name, "wrong", message, dict(zip(names, trial.case)), trial.expected, trial.came)


def _is_empty(answer):
    """Whether a function is still as the notebook gave it: no line but `...`."""
    code = getattr(answer, "__code__", None)
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP", "CACHE"}
    return code is not None and all(step.opname in idle for step in dis.get_instructions(code))


class _TooLong(BaseException):
    """The time is over; no `except Exception` of the reader's catches it."""


@contextlib.contextmanager
def _limit(seconds):
    """Raise _TooLong in this thread after some seconds: by a timer signal on the main thread, else as C code may.

    Python delivers both between two of its instructions, so what never comes back from compiled code is not stopped.
    """
    on_main = threading.current_thread() is threading.main_thread()
    if on_main and hasattr(signal, "setitimer"):

        def ring(_number, _frame):
            raise _TooLong

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return
    thread = ctypes.c_ulong(threading.get_ident())
    raise_there = ctypes.pythonapi.PyThreadState_SetAsyncExc
    timer = threading.Timer(seconds, raise_there, (thread, ctypes.py_object(_TooLong)))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _not_answered(exercise):
    message = _("Not answered yet. Write your own lines in {function}, and return the result.")
    return Verdict(exercise.name, "not answered", message.format(function=exercise.solution.__name__))


def _hint(exercise, trials, names):
    """The hint of the slip that answers most like the reader, on more than half of the wrong cases at least."""

    def alike(slip):
        same = [_same(_call(slip.function, trial.case, names), trial.came) for trial in trials]
        on_wrong = [s for s, trial in zip(same, trials) if not trial.right]
        return 2 * sum(on_wrong) > len(on_wrong), sum(same)

    (likely, _n_alike), slip = max(((alike(slip), slip) for slip in exercise.slips), key=lambda pair: pair[0])
    return _(slip.hint) if likely else ""


def _call(function, case, names):
    """What `function` returns on a copy of `case`, or a `_Broken`."""
    given = copy.deepcopy(case)
    try:
        came = function(*given)
    except (_TooLong, KeyboardInterrupt):
        raise
    except BaseException as error:  # `exit()` too
        return _Broken(type(error).__name__, _raised(function, error), error)
    for name, before, after in zip(names, case, given):
        if not np.array_equal(before, after):
            message = _("Your function changes its argument {name}; work on a copy of it.").format(name=name)
            return _Broken(f"changed {name}", message, came)
    return came


def _raised(function, error):
    """Say what was raised, and in which line of the reader's function, counted from its `def`."""
    text = f"{type(error).__name__}: {words(error, str)}".removesuffix(": ")
    code, line, trace = getattr(function, "__code__", None), None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is code:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None:
        return _("Your function raised {error}.").format(error=text)
    source = linecache.getline(code.co_filename, line).strip()
    place = f"{line - code.co_firstlineno + 1}" + (f" (`{source}`)" if source else "")
    return _("Your function raised {error}, in its line {line}.").format(error=text, line=place)


def _complaint(trial):
    """What is wrong with the kind of answer; empty where only its values differ."""
    if isinstance(trial.came, _Broken):
        return trial.came.message
    expected, came = as_array(trial.expected), as_array(trial.came)
    if came is not None and came.shape == expected.shape and _fits(expected, came):
        return ""
    message = _("Expected {expected}, got {came}.")
    return message.format(expected=describe(trial.expected), came=describe(trial.came))


def _same(expected, came):
    """Whole numbers exactly, others within RTOL and ATOL; a list or a tuple may stand for an array."""
    if isinstance(expected, _Broken) or isinstance(came, _Broken):
        return isinstance(expected, _Broken) and isinstance(came, _Broken) and expected.kind == came.kind
    expected, came = as_array(expected), as_array(came)
    if expected is None or came is None or expected.shape != came.shape or not _fits(expected, came):
        return False
    if expected.dtype.kind == "f":
        return np.allclose(came, expected, RTOL, ATOL, equal_nan=True)
    return np.array_equal(came, expected)


def _fits(expected, came):
    """Whether the values are of the kind expected: whole numbers may stand for others, but not the reverse."""
    return came.dtype.kind in {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}[expected.dtype.kind]


def _size(case):
    """Return how large a case is to the eye: how many numbers there are; a number alone, such as a width, counts."""
    return sum(np.size(a) if np.ndim(a) and not isinstance(a, tuple) else np.abs(np.sum(a, dtype=float)) for a in case)
