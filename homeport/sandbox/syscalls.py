"""The seccomp filter: which system calls code in the sandbox may make.

Everything that this libseccomp knows and that is not named here is allowed; what it doesn't know, because the kernel is
newer, answers ENOSYS, as on a kernel without it. Namespaces and lost capabilities forbid most of the named ones anyway:
the filter keeps code away from the parts of the kernel where bugs have let such code out.
"""

from __future__ import annotations

import errno
import tempfile
from functools import lru_cache
from typing import IO

from homeport.errors import SandboxUnavailable

GET_LIBSECCOMP = (
    "pip install '.[interpreter]' in Homeport's checkout, and libseccomp (Debian, Ubuntu: apt-get install libseccomp2)"
)


# Answered with EPERM.
REFUSED = {
    "file systems": (
        "mount umount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick "
        "mount_setattr statmount listmount swapon swapoff quotactl quotactl_fd fanotify_init fanotify_mark "
        "name_to_handle_at open_by_handle_at sync syncfs mknod mknodat setxattr lsetxattr fsetxattr setxattrat"
    ),
    "namespaces": "unshare setns sethostname setdomainname",
    "other processes": "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd migrate_pages "
    "move_pages mbind",
    "the kernel": (
        "bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key "
        "init_module finit_module delete_module create_module query_module kexec_load kexec_file_load reboot syslog "
        "acct settimeofday clock_settime clock_settime64 clock_adjtime clock_adjtime64 adjtimex stime iopl ioperm "
        "personality vhangup lookup_dcookie nfsservctl uselib ustat sysfs _sysctl modify_ldt vm86 vm86old "
        "lsm_set_self_attr"
    ),
}
# Answered with ENOSYS: libraries then do without. Memory that belongs to no process and to no bounded file system,
# what is counted for a user and not for a sandbox, and clone3, whose flags a filter can't see.
MISSING = (
    "memfd_create memfd_secret fallocate clone3 vmsplice inotify_init inotify_init1 shmget shmat shmctl shmdt msgget "
    "msgsnd msgrcv msgctl semget semop semtimedop semctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify "
    "mq_getsetattr"
)

_AF_UNIX = 1
_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET} and NEWTIME
_SYSCALL_NUMBERS = range(1024)  # far past the newest


@lru_cache(maxsize=1)
def _program() -> bytes:
    """The filter, as the BPF program that bubblewrap loads."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:  # RuntimeError: the wrapper is there, the library is not
        raise SandboxUnavailable(f"libseccomp is missing ({error})", GET_LIBSECCOMP) from None
    refused = {name for names in REFUSED.values() for name in names.split()}
    conditional = {"socket", "socketpair", "clone"}
    unlisted = refused | set(MISSING.split()) | conditional
    filter = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    for number in _SYSCALL_NUMBERS:
        try:
            name = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, number).decode()
        except ValueError:
            continue
        if name in refused:
            filter.add_rule(pyseccomp.ERRNO(errno.EPERM), number)
        elif name not in unlisted:
            filter.add_rule(pyseccomp.ALLOW, number)
    for name in ("socket", "socketpair"):
        filter.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(0, pyseccomp.EQ, _AF_UNIX))
        filter.add_rule(pyseccomp.ERRNO(errno.ENETUNREACH), name, pyseccomp.Arg(0, pyseccomp.NE, _AF_UNIX))
    filter.add_rule(pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _NEW_NAMESPACES, 0))
    with tempfile.TemporaryFile() as file:
        filter.export_bpf(file)
        file.seek(0)
        return file.read()


def seccomp_filter() -> IO[bytes]:
    """The BPF program in an open file at its start, for ``bwrap --seccomp FD``.

    Raises SandboxUnavailable where libseccomp or its wrapper is missing.
    """
    program = _program()
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    file.write(program)
    file.seek(0)
    return file
