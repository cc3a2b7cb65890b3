#include "ownstage.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

static int compare_places(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    enum resource p = resource_find((struct json_str){*x, strlen(*x)});
    enum resource q = resource_find((struct json_str){*y, strlen(*y)});

    return p != q ? (p < q ? -1 : 1) : strcmp(*x, *y);
}

static void put_stage(struct buf *out, const struct plan *plan)
{
    const char *separator = "";

    buf_puts(out, "{\"tool\":\"" OWNSTAGE_TOOL "\",\"version\":\"" AB_VERSION "\",\"resources\":[");
    for (int r = 0; r < RESOURCE_COUNT; r++)
        if (plan->asked[r] && resource_find((struct json_str){
                                  resource_table[r].name, strlen(resource_table[r].name)}) == (enum resource)r) {
            buf_printf(out, "%s\"%s\"", separator, resource_table[r].name);
            separator = ",";
        }
    buf_puts(out, "]}");
}

int ownstage_add(struct stages *s, const struct plan *plan, struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, 4096);
    put_stage(&text, plan);
    r = buf_cstr(&text) == NULL ? err_set(e, EX_OSERR, "no memory for a begin line") : stages_add(s, text.data, e);
    buf_release(&text);
    for (size_t i = 0; r == 0 && i < s->n; i++)
        if (strcmp(s->stage[i]->tool, OWNSTAGE_TOOL) == 0)
            qsort(s->stage[i]->resources, s->stage[i]->n, sizeof(*s->stage[i]->resources), compare_places);
    return r;
}
