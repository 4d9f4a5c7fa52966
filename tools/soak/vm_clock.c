/* The clock of the i386 VM's process, made to leap (machine.py preloads it).

It goes on with the processor time that the VM takes. Where the VM would wait, it leaps to the end
of the wait instead, or to where the next thing happens outside, the horizon. Before that it asks
what plays the outside: as soon as the VM has sent something, and at the horizon. A question is the
clock as two numbers, s and ns, and the longest turn of the loop since the last one, us; the
answer is the next horizon.

All of MicroPython reads its clock here: `time`, and the asyncio that is written in C. No libc's
header is used and no 64-bit division: gcc -m32 needs neither a 32-bit libc nor its own library.
*/

#define NS 1000000000
#define REALTIME 0
#define MONOTONIC 1
#define CPU_TIME 2 /* CLOCK_PROCESS_CPUTIME_ID */

#define IPPROTO_TCP 6
#define TCP_NODELAY 1
#define RTLD_NEXT ((void *)-1)
#define MOST 16

/* Numbers of Linux's system calls on i386. */
enum { READ = 3, WRITE = 4, CLOSE = 6, POLL = 168, CLOCK_GETTIME = 265, CONNECT = 362,
       ACCEPT4 = 364, SENDTO = 369 };

struct moment { int s, ns; };
struct descriptor { int fd; short events, found; };
struct question { struct moment at; int turn_us; };

extern char *getenv(const char *name);
extern int atoi(const char *text);
extern void _exit(int status);
extern void *dlsym(void *from, const char *name);
extern int setsockopt(int fd, int level, int name, const void *value, int size);
extern long syscall(long number, ...);

static int control = -1, epoch;
static struct moment leapt, horizon, turn_began;
static int sent, longest_us;
static struct descriptor idle[MOST]; /* none of them was ready */
static int idle_count;

static struct moment sum(struct moment a, struct moment b)
{
    a.s += b.s;
    a.ns += b.ns;
    if (a.ns >= NS) {
        a.ns -= NS;
        a.s++;
    }
    return a;
}

static struct moment difference(struct moment a, struct moment b)
{
    a.s -= b.s;
    a.ns -= b.ns;
    if (a.ns < 0) {
        a.ns += NS;
        a.s--;
    }
    return a;
}

static int before(struct moment a, struct moment b)
{
    return a.s < b.s || (a.s == b.s && a.ns < b.ns);
}

/* The processor's time costs a system call, this PC's own time does not: within a fifth of a
   millisecond of that, so much cannot have been worked. */
static struct moment now(void)
{
    static int (*of_this_pc)(int clock, struct moment *at);
    static struct moment worked, again;
    struct moment at;
    if (!of_this_pc)
        of_this_pc = dlsym(RTLD_NEXT, "clock_gettime");
    of_this_pc(MONOTONIC, &at);
    if (!before(at, again)) {
        syscall(CLOCK_GETTIME, CPU_TIME, &worked);
        again = sum(at, (struct moment){ 0, NS / 5000 });
    }
    return sum(leapt, worked);
}

static int is_same(const struct descriptor *descriptors, int count)
{
    if (count != idle_count)
        return 0;
    for (int i = 0; i < count; i++)
        if (descriptors[i].fd != idle[i].fd || descriptors[i].events != idle[i].events)
            return 0;
    return 1;
}

/* How many of the descriptors are ready. Where none of them was, only what is outside, or what
   was sent there, can change that. */
static int ready(struct descriptor *descriptors, int count)
{
    if (!count || is_same(descriptors, count))
        return 0;
    int found = syscall(POLL, descriptors, count, 0);
    idle_count = 0;
    if (!found && !sent && count <= MOST)
        for (; idle_count < count; idle_count++)
            idle[idle_count] = descriptors[idle_count];
    return found;
}

/* Ask what is outside to have its turn. */
static void ask(void)
{
    if (control < 0) {
        const char *given = getenv("SOAK_CLOCK"); /* "FD EPOCH" */
        if (!given)
            _exit(3);
        control = atoi(given);
        while (*given && *given != ' ')
            given++;
        epoch = atoi(given);
    }
    struct question question = { now(), longest_us };
    longest_us = sent = idle_count = 0;
    if (syscall(WRITE, control, &question, sizeof question) != sizeof question
        || syscall(READ, control, &horizon, sizeof horizon) != sizeof horizon)
        _exit(3); /* nobody is there any more */
}

/* Wait for ms and us (ms < 0: for ever), or until one of the descriptors is ready. */
static int wait(struct descriptor *descriptors, int count, int ms, int us)
{
    struct moment at = now(), until = { ms / 1000, ms % 1000 * 1000000 + us * 1000 };
    struct moment turn = difference(at, turn_began);
    int turn_us = turn.s * 1000000 + turn.ns / 1000;
    if (turn_us > longest_us)
        longest_us = turn_us;
    until = sum(at, until);
    for (;;) {
        if (!before(at, horizon))
            ask();
        int found = ready(descriptors, count);
        if (found || (ms >= 0 && !before(at, until))) {
            turn_began = now();
            return found;
        }
        if (sent) {
            ask();
        } else {
            struct moment next = ms >= 0 && before(until, horizon) ? until : horizon;
            leapt = sum(leapt, difference(next, at));
        }
        at = now();
    }
}

int poll(struct descriptor *descriptors, unsigned long count, int ms)
{
    return wait(descriptors, count, ms, 0);
}

int usleep(unsigned us)
{
    return wait(0, 0, us / 1000, us % 1000);
}

/* MicroPython sleeps by it, and never gives it a descriptor. */
int select(int count, void *in, void *out, void *bad, int *timeout)
{
    return wait(0, 0, timeout ? timeout[0] * 1000 + timeout[1] / 1000 : 0,
                timeout ? timeout[1] % 1000 : 0);
}

static struct moment told(int clock)
{
    if (control < 0)
        ask();
    struct moment at = now();
    if (clock == REALTIME)
        at.s += epoch;
    return at;
}

int clock_gettime(int clock, struct moment *at)
{
    *at = told(clock);
    return 0;
}

int gettimeofday(struct moment *at, void *zone)
{
    *at = told(REALTIME);
    at->ns /= 1000;
    return 0;
}

int time(int *at)
{
    int s = told(REALTIME).s;
    if (at)
        *at = s;
    return s;
}

/* Whatever the other end may have to answer. */

/* Where TCP waits for an acknowledgement before it sends a small piece, it does so by this PC's
   clock: that is days of ours. */
static void send_at_once(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int write(int fd, const void *data, unsigned long size)
{
    sent = 1, idle_count = 0;
    return syscall(WRITE, fd, data, size);
}

int send(int fd, const void *data, unsigned long size, int flags)
{
    sent = 1, idle_count = 0;
    return syscall(SENDTO, fd, data, size, flags);
}

int sendto(int fd, const void *data, unsigned long size, int flags, void *to, int length)
{
    sent = 1, idle_count = 0;
    return syscall(SENDTO, fd, data, size, flags, to, length);
}

int connect(int fd, void *to, int length)
{
    sent = 1, idle_count = 0;
    send_at_once(fd);
    return syscall(CONNECT, fd, to, length);
}

int accept(int fd, void *from, int *length)
{
    int found = syscall(ACCEPT4, fd, from, length, 0);
    if (found >= 0)
        send_at_once(found);
    return found;
}

int close(int fd)
{
    sent = 1, idle_count = 0;
    return syscall(CLOSE, fd);
}
