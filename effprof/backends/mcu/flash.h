/* The flash behind the core, as its part's manual has it: wait states, reads ahead, caches. Part of
   hook.c, which tells it of every block that runs and every load that reaches it. */
#define MOST_LINES 16384

/* How an access that is not aligned is split. */
enum { NO_SPLIT, BY_SIZE, BY_WORD, BY_DOUBLE };

/* A cache, its ways in order of last use; no lines at all: one buffer of a line. */
typedef struct { uint32_t line, sets, ways, last; uint32_t tag[MOST_LINES]; } cache;

typedef struct {
    uint64_t fetch_stall, read_stall;   /* in 1/256 cycle */
    uint64_t fetch_misses, read_misses, reads, unaligned, unaligned_stall;
} traffic;

typedef struct {
    uint32_t base, size;                /* of the flash */
    uint32_t access, width, burst;      /* cycles to the first word; its bytes; cycles a further */
    uint32_t prefetch, unified, read_cached, read_buffered, overlap, split;
    cache code, data;
    uint32_t ahead;                     /* line that is being fetched ahead of need */
    uint64_t ahead_ready, port_free, now;
    traffic seen[MOST_GROUPS];
} flash;

/* 1 if the line was there; it is the most recent one afterwards either way. */
static int touch(cache *k, uint32_t line) {
    uint32_t *t = k->tag + (size_t)(line % k->sets) * k->ways, i = 0;
    while (i < k->ways && t[i] != line) i++;
    int found = i < k->ways;
    if (!found) i = k->ways - 1;
    for (; i; i--) t[i] = t[i - 1];
    t[0] = line;
    return found;
}

static int holds(const cache *k, uint32_t line) {
    const uint32_t *t = k->tag + (size_t)(line % k->sets) * k->ways;
    for (uint32_t i = 0; i < k->ways; i++) if (t[i] == line) return 1;
    return 0;
}

/* Cycles until the word that is waited for is there; the flash is busy until the line is whole. */
static uint64_t fill(flash *f, uint32_t line_bytes) {
    uint64_t start = f->port_free > f->now ? f->port_free : f->now;
    uint32_t words = line_bytes > f->width ? line_bytes / f->width : 1;
    f->port_free = start + ((uint64_t)f->access + (uint64_t)(words - 1) * f->burst) * 256;
    return (f->overlap ? start + (uint64_t)f->access * 256 : f->port_free) - f->now;
}

static void fetch(flash *f, traffic *t, uint32_t line) {
    cache *k = &f->code;
    if (line == k->last) return;
    k->last = line;
    if (!touch(k, line)) {
        uint64_t wait;
        if (f->prefetch && f->ahead == line)
            wait = f->ahead_ready > f->now ? f->ahead_ready - f->now : 0;
        else { wait = fill(f, k->line); t->fetch_misses++; }
        t->fetch_stall += wait;
        f->now += wait;
    }
    if (f->prefetch && f->ahead != line + 1 && !holds(k, line + 1)) {
        uint64_t start = f->port_free > f->now ? f->port_free : f->now;
        f->ahead = line + 1;
        f->ahead_ready = f->port_free = start + (uint64_t)f->access * 256;
    }
}

/* The code of a block that takes `cost` core cycles, in 1/256. */
static void run_block(flash *f, traffic *t, uint32_t address, uint32_t size, uint64_t cost) {
    if (address - f->base >= f->size) { f->now += cost; return; }
    uint32_t line = f->code.line, first = address / line, last = (address + size - 1) / line;
    uint64_t each = cost / (last - first + 1);
    for (uint32_t at = first; at <= last; at++) { fetch(f, t, at); f->now += each; }
}

static void read_flash(flash *f, traffic *t, uint32_t address, uint32_t size) {
    cache *k = f->unified ? &f->code : &f->data;
    uint32_t first = address / k->line, last = (address + size - 1) / k->line;
    t->reads++;
    if (first == last && k->tag[(size_t)(first % k->sets) * k->ways] == first
        && (f->read_cached || f->read_buffered)) return;
    for (uint32_t line = first; line <= last; line++) {
        if (touch(k, line) && (f->read_cached || f->read_buffered)) continue;
        uint64_t wait = fill(f, k->line);
        t->read_misses++;
        t->read_stall += wait;
        f->now += wait;
    }
}

/* Accesses more than one that a core makes of an unaligned one. */
static uint32_t split(uint32_t how, uint32_t address, uint32_t unit) {
    switch (how) {
    case BY_SIZE: return address & 1 ? unit / 2 : 1;
    case BY_WORD: return (address & 3) + unit > 4;
    case BY_DOUBLE: return (address & 7) + unit > 8;
    }
    return 0;
}

static int shape(cache *k, uint32_t size, uint32_t line, uint32_t ways) {
    if (!line || size < line || size / line > MOST_LINES) return 0;
    uint32_t lines = size / line;
    k->line = line; k->ways = !ways || ways > lines ? lines : ways;
    k->sets = lines / k->ways; k->last = NONE;
    memset(k->tag, 0xff, sizeof k->tag);
    return k->sets > 0;
}

/* `numbers`: base, size, access, width, burst, prefetch, unified, read_cached, read_buffered,
   overlap, then size, line and ways of the code cache and of the data cache, then split. */
static int lay_out(flash *f, const uint32_t *numbers) {
    f->base = numbers[0]; f->size = numbers[1]; f->access = numbers[2]; f->width = numbers[3];
    f->burst = numbers[4]; f->prefetch = numbers[5]; f->unified = numbers[6];
    f->read_cached = numbers[7]; f->read_buffered = numbers[8]; f->overlap = numbers[9];
    f->split = numbers[16];
    f->ahead = NONE;
    return f->width && shape(&f->code, numbers[10], numbers[11], numbers[12])
        && shape(&f->data, numbers[13], numbers[14], numbers[15]);
}
