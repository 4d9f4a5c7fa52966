"""Names that MicroPython has: those that ours must keep, and those that ours may become."""

# Names of ours that MicroPython's own objects, or the ESP32's, know too.
KEPT = frozenset("""
    PM_NONE accept active add append bytes cancel clear close config connect copy count deinit
    disconnect done drain encrypt feed find flush get getaddrinfo hash idle ifconfig ioctl
    isconnected list load log memory name next open path peek random read readblocks readinto
    reset reset_cause run scan send set setsockopt socket start status tell unique_id update values
    wait waiting write writeblocks
""".split())
# Names that every MicroPython for our boards has in ROM: as the new name of something of ours such
# a name costs no memory at all. One that is missing somewhere costs its letters, no more. Left out
# is what MicroPython itself looks for in objects that it is given (close, send, keys ...). First
# those, from abs to zip, that have a number in each .mpy file (static_qstr_list in MicroPython's
# py/makeqstrdata.py): they take one or two bytes on flash, others their letters and two more.
FREE = """
    abs all any append args bool bytearray bytecode bytes callable chr classmethod clear
    copy count dict dir divmod end endswith extend find format from_bytes get getattr globals
    hasattr hash id index insert int isalpha isdigit isinstance islower isspace issubclass
    isupper items iter join key len list little locals lower lstrip main map next object open
    ord pop popitem pow print range replace repr reverse rfind rindex round rsplit rstrip sep
    set setattr setdefault sort sorted split start startswith staticmethod step stop str strip
    sum super to_bytes tuple type update upper value values zip
    e io on pi aw er rb wb buf loop rect task future reason context default handler
    add aes bin cos exp hex inf log max md5 min nan oct off run sin sub sys tan tau
    acos argv asin atan bind ceil cosh dump exit fabs fmod idle load lock log2 mkfs modf name
    pack path peek poll push recv seed seek sha1 sinh sqrt tanh tell time wait acosh array
    asinh atan2 atanh clock crc32 deque drain dumps errno event expm1 float floor flush frexp
    input ipoll isinf isnan ldexp loads log10 match sleep slice state stdin ticks trunc union
    accept aclose atexit awrite buffer center choice decode digest enable encode fileno filter
    gather getter gmtime is_set listen locked mktime modify poller random search select sendto
    setter sha256 socket stderr stdout stream system unpack acquire collect compile complex
    connect decrypt degrees delattr deleter disable discard encrypt fromhex heapify heappop
    hexlify isclose maxsize modules popleft radians randint release time_ns uniform urandom
    version waiting calcsize copysign cur_task exc_info execfile fromkeys getvalue heappush
    isfinite issubset makefile mem_free mem_info platform property register reversed schedule
    sleep_ms sleep_us sockaddr ticks_ms ticks_us wait_for awritestr byteorder enumerate
    errorcode factorial frozenset heap_lock inet_ntop inet_pton isenabled localtime mem_alloc
    pack_into partition randrange threshold ticks_add ticks_cpu unhexlify a2b_base64 appendleft
    b2a_base64 difference executable isdisjoint issuperset memoryview namedtuple queue_read
    rpartition setsockopt settimeout soft_reset splitlines ticks_diff unregister create_task
    get_ciphers getaddrinfo getrandbits heap_unlock queue_write readexactly run_forever
    set_ciphers setblocking unpack_from verify_mode wait_closed wait_for_ms wrap_socket
    current_task intersection start_server version_info stream_awrite wait_io_event
    get_event_loop get_extra_info implementation new_event_loop load_cert_chain open_connection
    print_exception verify_callback AF_INET EACCES EADDRINUSE EALREADY EBADF EEXIST
    EHOSTUNREACH EINVAL EIO EISDIR ENOBUFS ENODEV ENOENT ENOMEM EOPNOTSUPP EPERM ECONNABORTED
    ECONNREFUSED ETIMEDOUT BytesIO StringIO IOBase Loop Server StreamReader StreamWriter
    SingletonGenerator TaskQueue IOQueue ThreadSafeFlag OrderedDict POLLERR POLLHUP POLLIN
    POLLOUT SOCK_RAW SO_BROADCAST SOL_SOCKET CERT_OPTIONAL PROTOCOL_TLS_SERVER ViperTypeError
    cb dt sz tb doc erf exc idx ps1 ps2 ptr req src blit coro deps dest erfc fill imag mem8
    poly real sgen urls cmath flags funcs group heapq hline mem16 mem32 phase pixel polar vline
    cipher hashes invert latest lgamma module ph_key scroll single sizeof waiter abs_tol
    backlog chunked closure content deflate ellipse indices install message newline out_buf
    rel_tol request bytes_at exc_type framebuf kbd_intr keepends libc_ver peername progsize
    readsize runq_len addressof buffering dict_view fill_rect get_ident lookahead main_task
    opt_level stack_use waitq_len requesting separators short_hash stack_size GS8 PTR AUTO GZIP
    UINT VOID ZLIB ARRAY MVLSB ULONG BFINT8 BF_LEN BF_POS RGB565 UINT64 USHORT BFINT16 BFINT32
    BFUINT8 FLOAT32 FLOAT64 BFUINT16 BFUINT32
""".split()
# Of these, what a file may not be called: `import` finds MicroPython's own module first, and runs
# main.py by its name.
_MODULES = frozenset("""
    array cmath deflate errno framebuf heapq io main platform random select socket sys time
    urandom
""".split())
# ... and behind a `u` it looks for a module without it, whose name would stay.
FILES = tuple(name for name in FREE if name not in _MODULES and name[0] != "u")
# Builtins that attributes may be called as: a function does not see the attributes of its class.
# Left out are those that a class body reads.
BUILTIN = frozenset("""
    abs all any bool chr callable dict dir divmod format getattr globals hasattr hash id int
    isinstance issubclass iter len list locals map next object open ord pow print range repr round
    setattr sorted str sum tuple type zip
""".split())
