/* Counts basic blocks and the steps between them while unicorn runs; simulates the flash if asked.

   Every block is a node; a node belongs to a group (a layer of the model), entered when its marked
   function is. `on_block` is called by unicorn's block hook, `on_code` before each instruction of
   the second pass: it works out what a load reads from the registers, as unicorn's own memory hook
   slows every access down and fails on some that cross a page. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE 0xffffffffu
#define MOST_NODES (1u << 20)
#define MOST_MARKS 4096
#define MOST_GROUPS (MOST_MARKS + 1)
#define MOST_HALF_WORDS (1u << 29)      /* flash at 0 and functions in RAM at 0x20000000 */
#define STACK_POINTER 12                /* UC_ARM_REG_SP */

#include "flash.h"

typedef struct { uint32_t address, size, group, edge; uint64_t count; uint64_t cost; } node;
typedef struct { uint32_t from, to, next, unused; uint64_t count; } edge;
typedef struct { uint32_t address, group; } mark;

/* A load or store: at base + (index << shift) + offset, -1 for no register; `unit` bytes a piece. */
typedef struct { uint32_t address, offset; int16_t base, index; uint8_t shift, unit, count, store; }
    access;

typedef struct {
    node *nodes; edge *edges; uint32_t *slots;
    uint32_t used, room, edges_used, edges_room, slot_mask;
    uint32_t previous, group, marks_used, full;
    uint32_t lowest;                    /* that the stack pointer was seen at, in the second pass */
    uint64_t bytes, most_bytes;
    void (*stop)(void *);
    int (*read_register)(void *, int, void *);
    access *accesses;
    uint16_t *which;                    /* by half word of code: 1 + index of its access */
    uint32_t code_base, code_half_words;
    mark marks[MOST_MARKS];
    flash *flash;
} counter;

static int grow(counter *c) {
    if (c->used == c->room) {
        if (c->room >= MOST_NODES) return 0;
        node *n = realloc(c->nodes, sizeof(node) * c->room * 2);
        if (!n) return 0;
        c->nodes = n; c->room *= 2;
        uint32_t mask = c->room * 4 - 1, *slots = malloc(sizeof(uint32_t) * (mask + 1));
        if (!slots) return 0;
        memset(slots, 0xff, sizeof(uint32_t) * (mask + 1));
        for (uint32_t i = 0; i < c->used; i++) {
            uint32_t h = ((n[i].address >> 1) * 2654435761u ^ n[i].group * 40503u) >> 5;
            while (slots[h & mask] != NONE) h++;
            slots[h & mask] = i;
        }
        free(c->slots); c->slots = slots; c->slot_mask = mask;
    }
    if (c->edges_used == c->edges_room) {
        edge *e = realloc(c->edges, sizeof(edge) * c->edges_room * 2);
        if (!e) return 0;
        c->edges = e; c->edges_room *= 2;
    }
    return 1;
}

counter *counter_new(uint64_t most_bytes, void (*stop)(void *)) {
    counter *c = calloc(1, sizeof *c);
    if (!c) return 0;
    c->room = 1024; c->edges_room = 4096; c->slot_mask = 4095;
    c->nodes = malloc(sizeof(node) * c->room);
    c->edges = malloc(sizeof(edge) * c->edges_room);
    c->slots = malloc(sizeof(uint32_t) * (c->slot_mask + 1));
    if (!c->nodes || !c->edges || !c->slots) return 0;
    memset(c->slots, 0xff, sizeof(uint32_t) * (c->slot_mask + 1));
    c->previous = c->lowest = NONE; c->most_bytes = most_bytes; c->stop = stop;
    return c;
}

void counter_free(counter *c) {
    free(c->nodes); free(c->edges); free(c->slots); free(c->flash);
    free(c->accesses); free(c->which); free(c);
}

/* Counts start anew; nodes and their costs stay. */
void counter_reset(counter *c) {
    for (uint32_t i = 0; i < c->used; i++) c->nodes[i].count = 0;
    for (uint32_t i = 0; i < c->edges_used; i++) c->edges[i].count = 0;
    c->previous = c->lowest = NONE; c->group = 0; c->bytes = 0;
    if (c->flash) memset(c->flash->seen, 0, sizeof c->flash->seen);
}

int counter_mark(counter *c, uint32_t address, uint32_t group) {
    if (c->marks_used == MOST_MARKS || group >= MOST_GROUPS) return 0;
    uint32_t i = c->marks_used++;
    for (; i && c->marks[i - 1].address > address; i--) c->marks[i] = c->marks[i - 1];
    c->marks[i] = (mark){address, group};
    return 1;
}

static uint32_t group_of(counter *c, uint32_t address) {
    uint32_t low = 0, high = c->marks_used;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (c->marks[middle].address < address) low = middle + 1; else high = middle;
    }
    return low < c->marks_used && c->marks[low].address == address ? c->marks[low].group : c->group;
}

static uint32_t node_of(counter *c, uint32_t address, uint32_t size) {
    uint32_t group = group_of(c, address);
    uint32_t h = ((address >> 1) * 2654435761u ^ group * 40503u) >> 5, i;
    for (; (i = c->slots[h & c->slot_mask]) != NONE; h++) {
        node *n = &c->nodes[i];
        if (n->address == address && n->size == size && n->group == group) return i;
    }
    i = c->used++;
    c->slots[h & c->slot_mask] = i;
    c->nodes[i] = (node){address, size, group, NONE, 0, 0};
    return i;
}

static uint32_t step(counter *c, uint32_t address, uint32_t size) {
    uint32_t from = c->previous;
    if (from != NONE) {
        uint32_t e = c->nodes[from].edge, before = NONE;
        for (; e != NONE; before = e, e = c->edges[e].next) {
            node *to = &c->nodes[c->edges[e].to];
            if (to->address == address && to->size == size) {
                if (before != NONE) {   /* most recent first */
                    c->edges[before].next = c->edges[e].next;
                    c->edges[e].next = c->nodes[from].edge;
                    c->nodes[from].edge = e;
                }
                c->edges[e].count++;
                return c->edges[e].to;
            }
        }
    }
    if (!grow(c)) { c->full = 1; return NONE; }
    uint32_t to = node_of(c, address, size);
    if (from != NONE) {
        uint32_t e = c->edges_used++;
        c->edges[e] = (edge){from, to, c->nodes[from].edge, 0, 1};
        c->nodes[from].edge = e;
    }
    return to;
}

static uint32_t at_register(counter *c, void *uc, int which) {
    uint32_t value = 0;
    c->read_register(uc, which, &value);
    if (which == STACK_POINTER && value < c->lowest) c->lowest = value;
    return value;
}

void on_block(void *uc, uint64_t address, uint32_t size, void *user) {
    counter *c = user;
    uint32_t at = step(c, (uint32_t)address, size);
    if (at == NONE) { c->stop(uc); return; }
    node *n = &c->nodes[at];
    n->count++;
    c->previous = at; c->group = n->group;
    if (c->flash) run_block(c->flash, &c->flash->seen[n->group], n->address, n->size, n->cost);
    if (c->read_register) at_register(c, uc, STACK_POINTER);
    c->bytes += size;
    if (c->bytes > c->most_bytes) c->stop(uc);
}

void on_code(void *uc, uint64_t at, uint32_t size, void *user) {
    counter *c = user;
    (void)size;
    uint32_t half_word = ((uint32_t)at - c->code_base) >> 1;
    if (half_word >= c->code_half_words || !c->which[half_word]) return;
    const access *x = &c->accesses[c->which[half_word] - 1];
    uint32_t address = x->offset;
    if (x->base >= 0) address += at_register(c, uc, x->base);
    if (x->index >= 0) address += at_register(c, uc, x->index) << x->shift;
    flash *f = c->flash;
    traffic *t = &f->seen[c->group];
    if (address & (x->unit - 1u)) {
        uint64_t more = (uint64_t)split(f->split, address, x->unit) * 256;
        t->unaligned++;
        t->unaligned_stall += more;
        f->now += more;
    }
    if (!x->store && address - f->base < f->size)
        read_flash(f, t, address, (uint32_t)x->unit * x->count);
}

/* Which instructions reach memory, ordered by address. */
int counter_accesses(counter *c, const access *found, uint32_t count,
                     int (*read_register)(void *, int, void *)) {
    free(c->accesses); free(c->which);
    c->accesses = 0; c->which = 0; c->code_half_words = 0;
    c->read_register = read_register;
    if (!count) return 1;
    uint32_t span = ((found[count - 1].address - found[0].address) >> 1) + 1;
    if (count >= 0xffff || span > MOST_HALF_WORDS) return 0;
    c->accesses = malloc(sizeof(access) * count);
    c->which = calloc(span, sizeof(uint16_t));
    if (!c->accesses || !c->which) return 0;
    memcpy(c->accesses, found, sizeof(access) * count);
    c->code_base = found[0].address;
    for (uint32_t i = 0; i < count; i++)
        c->which[(found[i].address - c->code_base) >> 1] = (uint16_t)(i + 1);
    c->code_half_words = span;
    return 1;
}

/* Simulated from now on; 0 where no flash is of this shape. `numbers`: as `lay_out` takes them. */
int counter_flash(counter *c, const uint32_t *numbers) {
    flash *f = calloc(1, sizeof *f);
    if (!f) return 0;
    free(c->flash);
    c->flash = 0;
    if (!lay_out(f, numbers)) { free(f); return 0; }
    c->flash = f;
    return 1;
}

/* Counts alone from now on, neither flash nor accesses. */
void counter_plain(counter *c) {
    free(c->flash); free(c->accesses); free(c->which);
    c->flash = 0; c->accesses = 0; c->which = 0; c->code_half_words = 0; c->read_register = 0;
}

/* Core cycles of a block, in 1/256, which the flash has to catch up with. */
void counter_cost(counter *c, uint32_t index, uint64_t cost) {
    if (index < c->used) c->nodes[index].cost = cost;
}

const node *counter_nodes(counter *c, uint32_t *count) { *count = c->used; return c->nodes; }
const edge *counter_edges(counter *c, uint32_t *count) { *count = c->edges_used; return c->edges; }
const traffic *counter_traffic(counter *c) { return c->flash ? c->flash->seen : 0; }
uint32_t counter_full(counter *c) { return c->full; }
uint32_t counter_lowest(counter *c) { return c->lowest; }
uint64_t counter_bytes(counter *c) { return c->bytes; }
