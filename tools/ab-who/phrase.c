#include "phrase.h"

#include <string.h>

#include "bytes.h"
#include "text.h"

static void put_safe(struct buf *out, struct json_str text)
{
    text_put_safe(out, text.s, text.len);
}

static bool same(struct json_str a, struct json_str b)
{
    return bytes_equal(a.s, a.len, b.s, b.len);
}

void phrase_person(struct buf *out, const struct person *person)
{
    struct json_str called = person->resource->name;

    put_safe(out, person->name.len > 0 ? person->name : called);
    if (person->email.len > 0 && !same(person->email, person->name) &&
        (person->name.len > 0 || !same(person->email, called))) {
        buf_puts(out, " <");
        put_safe(out, person->email);
        buf_putc(out, '>');
    }
}

void phrase_thing(struct buf *out, const struct c1znames_resource *thing)
{
    put_safe(out, thing->ref.type);
    buf_putc(out, ' ');
    put_safe(out, thing->name);
    if (thing->missing)
        buf_puts(out, " (missing)");
}

void phrase_ref(struct buf *out, const struct c1znames *names, const struct c1zread_ref *ref)
{
    const struct c1znames_resource *thing = c1znames_resource(names, ref);

    if (thing != NULL) {
        phrase_thing(out, thing);
        return;
    }
    phrase_thing(out, &(struct c1znames_resource){.ref = *ref, .name = ref->id, .missing = true});
}

void phrase_role(struct buf *out, const struct c1znames_entitlement *entitlement)
{
    put_safe(out, entitlement->slug);
    if (entitlement->missing)
        buf_puts(out, " (missing)");
}

void phrase_id(struct buf *out, const struct c1zread_ref *ref)
{
    put_safe(out, ref->type);
    buf_putc(out, ':');
    put_safe(out, ref->id);
}

void phrase_chain(
    struct buf *out, const struct c1znames *names, const struct c1znames_entitlement *const *steps, size_t n)
{
    if (n == 0)
        buf_puts(out, "own");
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i > 0 ? ", as " : "as ");
        phrase_role(out, steps[i]);
        buf_puts(out, " of ");
        phrase_ref(out, names, &steps[i]->on);
    }
}

void phrase_json(struct buf *out, struct json_str text)
{
    json_put_string(out, text.s, text.len);
}

static void put_ref(struct buf *out, const struct c1zread_ref *ref, struct json_str name)
{
    buf_puts(out, "{\"resourceType\":");
    phrase_json(out, ref->type);
    buf_puts(out, ",\"id\":");
    phrase_json(out, ref->id);
    buf_puts(out, ",\"name\":");
    phrase_json(out, name);
}

void phrase_json_thing(struct buf *out, const struct c1znames_resource *thing)
{
    put_ref(out, &thing->ref, thing->name);
    buf_puts(out, thing->missing ? ",\"missing\":true}" : "}");
}

void phrase_json_ref(struct buf *out, const struct c1znames *names, const struct c1zread_ref *ref)
{
    const struct c1znames_resource *thing = c1znames_resource(names, ref);

    phrase_json_thing(
        out, thing != NULL ? thing : &(struct c1znames_resource){.ref = *ref, .name = ref->id, .missing = true});
}

void phrase_json_person(struct buf *out, const struct person *person)
{
    put_ref(out, &person->resource->ref, person->name.len > 0 ? person->name : person->resource->name);
    if (person->email.len > 0) {
        buf_puts(out, ",\"email\":");
        phrase_json(out, person->email);
    }
    buf_puts(out, person->resource->missing ? ",\"missing\":true}" : "}");
}

void phrase_json_entitlement(
    struct buf *out, const struct c1znames *names, const struct c1znames_entitlement *entitlement)
{
    buf_puts(out, "{\"entitlement\":");
    phrase_json(out, entitlement->id);
    buf_puts(out, ",\"role\":");
    phrase_json(out, entitlement->slug);
    if (entitlement->missing)
        buf_puts(out, ",\"missing\":true");
    buf_puts(out, ",\"on\":");
    phrase_json_ref(out, names, &entitlement->on);
    buf_putc(out, '}');
}

static size_t rank(struct json_str type)
{
    static const char *const types[] = {"instance", "organization", "group", "workspace"};
    size_t i = 0;

    while (i < sizeof(types) / sizeof(types[0]) && !json_eq(type, types[i]))
        i++;
    return i;
}

int phrase_compare(const struct c1znames_resource *a, const struct c1znames_resource *b)
{
    size_t x = rank(a->ref.type), y = rank(b->ref.type);
    int order;

    if (x != y)
        return x < y ? -1 : 1;
    order = bytes_compare(a->name.s, a->name.len, b->name.s, b->name.len);
    return order != 0 ? order : c1zread_compare_ref(&a->ref, &b->ref);
}
