#include "stages.h"

#include <stdlib.h>
#include <string.h>

void stages_init(struct stages *s)
{
    *s = (struct stages){0};
}

static void free_stage(struct stage *stage)
{
    if (stage == NULL)
        return;
    for (size_t i = 0; i < stage->n; i++)
        free(stage->resources[i]);
    free(stage->tool);
    free(stage->head);
    free(stage);
}

void stages_release(struct stages *s)
{
    for (size_t i = 0; i < s->n; i++)
        free_stage(s->stage[i]);
    stages_init(s);
}

static bool no_memory(struct json *j)
{
    json_fail(j, "no memory for the stages");
    j->status = EX_OSERR;
    return false;
}

/* The next value, a name, as a string of its own in ${*copy}. Return whether it could be had. */
static bool read_name(struct json *j, char **copy)
{
    struct json_str name;

    if (!json_string(j, &name))
        return false;
    if (name.len == 0 || name.len > STAGE_NAME_MAX || memchr(name.s, '\0', name.len) != NULL)
        return json_fail(j, "expected a name of 1 to %d bytes", STAGE_NAME_MAX);
    free(*copy);
    *copy = strndup(name.s, name.len);
    return *copy != NULL || no_memory(j);
}

static bool has_resource(const struct stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->n; i++)
        if (strcmp(stage->resources[i], name) == 0)
            return true;
    return false;
}

/* Give ${stage} the resource ${*name}, unless it has it; ${*name} is the stage's then. */
static bool add_resource(struct stage *stage, char **name, struct json *j)
{
    if (has_resource(stage, *name))
        return true;
    if (stage->n == STAGE_RESOURCES_MAX)
        return json_fail(j, "more than %d resources in one stage", STAGE_RESOURCES_MAX);
    stage->resources[stage->n++] = *name;
    *name = NULL;
    return true;
}

static void read_resources(struct stage *stage, struct json *j)
{
    char *name = NULL;

    stage->asks = true;
    json_array(j);
    while (json_element(j))
        if (read_name(j, &name))
            add_resource(stage, &name, j);
    free(name);
}

static void read_members(struct stage *stage, struct buf *head, struct json *j)
{
    struct json_str name;

    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "resources")) {
            read_resources(stage, j);
            continue;
        }
        buf_putc(head, head->len == 0 ? '{' : ',');
        json_put_string(head, name.s, name.len);
        buf_putc(head, ':');
        if (!json_eq(name, "tool"))
            json_copy(j, head);
        else if (read_name(j, &stage->tool))
            json_put_string(head, stage->tool, strlen(stage->tool));
    }
}

/* The next value as a stage, or NULL with the failure in ${j}. */
static struct stage *read_stage(struct json *j)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    struct buf head;

    if (stage == NULL) {
        no_memory(j);
        return NULL;
    }
    buf_init(&head, STAGE_TEXT_MAX);
    read_members(stage, &head, j);
    if (!j->failed && stage->tool == NULL)
        json_fail(j, "a stage without a member \"tool\"");
    if (!j->failed && buf_cstr(&head) == NULL)
        json_fail(j, "a stage of more than %d bytes", STAGE_TEXT_MAX);
    if (!j->failed && (stage->head = strdup(head.data)) == NULL)
        no_memory(j);
    buf_release(&head);
    if (!j->failed)
        return stage;
    free_stage(stage);
    return NULL;
}

/* Add the resources of ${from} to ${to}. */
static void unite_resources(struct stages *s, struct stage *to, struct stage *from, struct json *j)
{
    size_t before = to->n;

    to->asks |= from->asks;
    for (size_t i = 0; i < from->n; i++)
        add_resource(to, &from->resources[i], j);
    s->changes += to->n - before;
}

/* Put ${stage}, which is ${s}'s then, behind the last one of its tool, or else last. */
static void insert(struct stages *s, struct stage *stage)
{
    size_t at = s->n;

    while (at > 0 && strcmp(s->stage[at - 1]->tool, stage->tool) != 0)
        at--;
    if (at == 0)
        at = s->n;
    memmove(s->stage + at + 1, s->stage + at, (s->n - at) * sizeof(s->stage[0]));
    s->stage[at] = stage;
    s->n++;
    s->changes++;
}

static void read_one(struct stages *s, struct json *j)
{
    struct stage *stage = read_stage(j);

    if (stage == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->stage[i]->head, stage->head) == 0) {
            unite_resources(s, s->stage[i], stage, j);
            free_stage(stage);
            return;
        }
    if (s->n == STAGES_MAX) {
        json_fail(j, "more than %d stages", STAGES_MAX);
        free_stage(stage);
        return;
    }
    insert(s, stage);
}

void stages_read(struct stages *s, struct json *j)
{
    json_array(j);
    while (json_element(j))
        read_one(s, j);
}

int stages_add(struct stages *s, const char *object, struct err *e)
{
    struct json j;
    int r;

    json_init(&j, NULL);
    json_begin(&j, object, strlen(object), 0);
    read_one(s, &j);
    r = json_end(&j, e);
    json_release(&j);
    return r;
}

int stages_copy(struct stages *to, const struct stages *from, struct err *e)
{
    struct buf text;
    int r = 0;

    buf_init(&text, SIZE_MAX / 2);
    for (size_t i = 0; r == 0 && i < from->n; i++) {
        buf_clear(&text);
        stages_put_one(&text, from->stage[i]);
        r = buf_cstr(&text) != NULL ? stages_add(to, text.data, e) : err_set(e, EX_OSERR, "no memory for the stages");
    }
    buf_release(&text);
    return r;
}

bool stages_asked(const struct stages *s, const char *tool, const char *resource)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->stage[i]->tool, tool) == 0 && has_resource(s->stage[i], resource))
            return true;
    return false;
}

bool stages_tell(const struct stages *s, const char *tool)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->stage[i]->tool, tool) == 0 && s->stage[i]->asks)
            return true;
    return false;
}

void stages_put_one(struct buf *out, const struct stage *stage)
{
    buf_puts(out, stage->head);
    if (stage->asks)
        buf_puts(out, ",\"resources\":[");
    for (size_t i = 0; i < stage->n; i++) {
        if (i > 0)
            buf_putc(out, ',');
        json_put_string(out, stage->resources[i], strlen(stage->resources[i]));
    }
    buf_puts(out, stage->asks ? "]}" : "}");
}

void stages_put(struct buf *out, const struct stages *s)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < s->n; i++) {
        if (i > 0)
            buf_putc(out, ',');
        stages_put_one(out, s->stage[i]);
    }
    buf_putc(out, ']');
}
