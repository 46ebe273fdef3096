"""A training that depends on nothing that ran before in the process, and leaves it as it was."""

import logging
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import torch
from pytorch_lightning.utilities.exceptions import SIGTERMException

_lock = threading.RLock()  # torch has one stream of random numbers for all threads


@contextmanager
def isolated(seed: int) -> Iterator[None]:
    """Seed torch for this block and have it compute deterministically, and Lightning be quiet."""
    with ExitStack() as stack:
        stack.enter_context(_lock)
        for context in (_random(seed), _deterministic(), _quiet(), _interruptible()):
            stack.enter_context(context)
        stack.enter_context(torch.enable_grad())
        yield


@contextmanager
def _random(seed: int) -> Iterator[None]:
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def _deterministic() -> Iterator[None]:
    enabled = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts
    torch.use_deterministic_algorithms(True)
    try:
        with _repeatable_cudnn():
            yield
    finally:
        torch.use_deterministic_algorithms(enabled, warn_only=warn_only)


def _repeatable_cudnn() -> AbstractContextManager[None]:
    """Have cuDNN repeat itself; left unsaid, torch's context would switch it off."""
    cudnn = torch.backends.cudnn
    return cudnn.flags(
        enabled=cudnn.enabled, benchmark=False, deterministic=True, allow_tf32=cudnn.allow_tf32
    )


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Hand on what Lightning turns into an ordinary exit: Ctrl-C, and a request to terminate."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SIGTERMException:
        raise SystemExit(128 + signal.SIGTERM) from None
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, on_interrupt)
