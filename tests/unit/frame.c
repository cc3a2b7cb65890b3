/* lib/frame and lib/stages: the stages of begin and end lines, read, united and written. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

#define BEGIN "{\"stream\":\"begin\",\"schema\":\"airbyte-raw/1\",\"source\":\"s\",\"startedAt\":\"t\""
#define END "{\"stream\":\"end\",\"records\":0}\n"
#define FETCH "{\"tool\":\"ab-fetch\",\"version\":\"1\""
#define MAP "{\"tool\":\"ab-map\",\"version\":\"1\",\"filter\":\"sha256:00\"}"

/* A stream, and its stages when it has been read, or the end of the message it is refused with. */
struct stages_case {
    const char *what, *stream, *stages, *message;
};

static const struct stages_case cases[] = {
    {"no stages", BEGIN "}\n" END, "[]", NULL},
    {"none", BEGIN ",\"stages\":[]}\n" END, "[]", NULL},
    {"one", BEGIN ",\"stages\":[" FETCH ",\"resources\":[\"user\"]}]}\n" END, "[" FETCH ",\"resources\":[\"user\"]}]",
        NULL},
    {"resources come last, white space goes", BEGIN ",\"stages\":[ {\"resources\":[ ], \"tool\" : \"x\" } ]}\n" END,
        "[{\"tool\":\"x\",\"resources\":[]}]", NULL},
    {"members of later versions stay", BEGIN ",\"stages\":[{\"tool\":\"x\",\"new\":{\"a\":[1.50, null]}}]}\n" END,
        "[{\"tool\":\"x\",\"new\":{\"a\":[1.50,null]}}]", NULL},
    {"one tool twice, resources united",
        BEGIN ",\"stages\":[" FETCH ",\"resources\":[\"b\",\"a\"]}," MAP "," FETCH
              ",\"resources\":[\"c\",\"a\",\"c\"]}]}\n" END,
        "[" FETCH ",\"resources\":[\"b\",\"a\",\"c\"]}," MAP "]", NULL},
    {"two streams, united",
        BEGIN ",\"stages\":[" FETCH ",\"resources\":[\"a\"]}," MAP "]}\n" END BEGIN ",\"stages\":[" FETCH
              ",\"resources\":[\"b\"]}," MAP "]}\n" END,
        "[" FETCH ",\"resources\":[\"a\",\"b\"]}," MAP "]", NULL},
    {"another version stands behind the one of its tool",
        BEGIN ",\"stages\":[" FETCH "}," MAP "]}\n" END BEGIN
              ",\"stages\":[{\"tool\":\"ab-fetch\",\"version\":\"2\"}," MAP "]}\n" END,
        "[" FETCH "},{\"tool\":\"ab-fetch\",\"version\":\"2\"}," MAP "]", NULL},
    {"an end line may tell more",
        BEGIN ",\"stages\":[" FETCH "}]}\n"
              "{\"stream\":\"end\",\"records\":0,\"stages\":[" FETCH ",\"resources\":[\"a\"]}]}\n",
        "[" FETCH ",\"resources\":[\"a\"]}]", NULL},
    {"a gap's member of that name is passed over",
        BEGIN "}\n{\"stream\":\"gap\",\"of\":\"group\",\"stages\":7}\n"
              "{\"stream\":\"end\",\"records\":1,\"gaps\":1}\n",
        "[]", NULL},
    {"no array", BEGIN ",\"stages\":{}}\n" END, NULL, "line 1, byte 82, at $.stages: expected an array"},
    {"no object", BEGIN ",\"stages\":[7]}\n" END, NULL, "line 1, byte 83, at $.stages[0]: expected an object"},
    {"no tool", BEGIN ",\"stages\":[{\"version\":\"1\"}]}\n" END, NULL, ": a stage without a member \"tool\""},
    {"an empty tool", BEGIN ",\"stages\":[{\"tool\":\"\"}]}\n" END, NULL, ": expected a name of 1 to 64 bytes"},
    {"a resource that is a number", BEGIN ",\"stages\":[" FETCH ",\"resources\":[1]}]}\n" END, NULL,
        "at $.stages[0].resources[0]: expected a string"},
};

/* Read all of ${text} and give the stages as text in ${stages}; return as frame_next, ${e} with its message. */
static int read_stream(const char *text, size_t len, struct buf *stages, struct err *e)
{
    int fd = memfd_create("stream", MFD_CLOEXEC), r = -1;
    struct frame_reader reader;
    struct frame f;

    if (fd < 0 || write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    frame_open(&reader, fd, "in", FRAME_RAW, false);
    do {
        r = frame_next(&reader, &f, e);
    } while (r > 0);
    stages_put(stages, &reader.stages);
    frame_close(&reader);
    close(fd);
    return r;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static void check_case(const struct stages_case *c)
{
    struct err e = {0};
    struct buf stages;
    int r;

    buf_init(&stages, LINE_MAX_BYTES);
    r = read_stream(c->stream, strlen(c->stream), &stages, &e);
    if (c->message != NULL)
        tap_ok(r < 0 && e.status == EX_DATAERR && ends_with(e.msg, c->message), c->what);
    else
        tap_ok(r == 0 && strcmp(buf_cstr(&stages), c->stages) == 0, c->what);
    if (c->message == NULL ? r != 0 || strcmp(buf_cstr(&stages), c->stages) != 0 : !ends_with(e.msg, c->message))
        printf("# %s %s\n", buf_cstr(&stages), e.msg);
    buf_release(&stages);
}

/* One more than ${limit} stages, or resources of one stage: the last is refused. */
static void check_limit(unsigned limit, bool of_resources, const char *message)
{
    struct err e = {0};
    struct buf text, stages;

    buf_init(&text, LINE_MAX_BYTES);
    buf_init(&stages, LINE_MAX_BYTES);
    buf_puts(&text, BEGIN ",\"stages\":[");
    if (of_resources)
        buf_puts(&text, FETCH ",\"resources\":[");
    for (unsigned i = 0; i <= limit; i++)
        buf_printf(&text, of_resources ? "%s\"r%u\"" : "%s{\"tool\":\"t%u\"}", i > 0 ? "," : "", i);
    buf_puts(&text, of_resources ? "]}]}\n" END : "]}\n" END);
    tap_ok(read_stream(text.data, text.len, &stages, &e) < 0 && ends_with(e.msg, message), message);
    buf_release(&stages);
    buf_release(&text);
}

/* What is written is read back, copied and asked. */
static void check_writing(void)
{
    struct stages stages, copy;
    struct buf text, again;
    struct err e = {0};
    struct out out;
    int fd = memfd_create("written", MFD_CLOEXEC);
    char line[1024];
    ssize_t n;

    stages_init(&stages);
    stages_init(&copy);
    buf_init(&text, LINE_MAX_BYTES);
    buf_init(&again, LINE_MAX_BYTES);
    tap_ok(stages_add(&stages, FETCH ",\"resources\":[\"group\"]}", &e) == 0 && stages_add(&stages, MAP, &e) == 0 &&
               stages.changes == 2,
        "two are added");
    tap_ok(stages_add(&stages, MAP, &e) == 0 && stages.changes == 2, "one that is there changes nothing");
    tap_ok(stages_copy(&copy, &stages, &e) == 0, "they are copied");
    tap_ok(stages_asked(&copy, "ab-fetch", "group") && !stages_asked(&copy, "ab-fetch", "user") &&
               !stages_asked(&copy, "ab-map", "group"),
        "what was asked is known");
    tap_ok(stages_tell(&copy, "ab-fetch") && !stages_tell(&copy, "ab-map"), "and who tells it");
    out_init(&out, dup(fd), "out");
    tap_ok(frame_begin(&out, FRAME_RAW, "s", "t", &copy, &e) == 0 && frame_end(&out, 0, 0, NULL, &e) == 0 &&
               out_close(&out, &e) == 0,
        "written");
    n = pread(fd, line, sizeof(line), 0);
    stages_put(&text, &stages);
    tap_ok(n > 0 && read_stream(line, (size_t)n, &again, &e) == 0 && strcmp(buf_cstr(&text), buf_cstr(&again)) == 0,
        "and read");
    tap_ok(stages_add(&stages, "{\"tool\":", &e) < 0 && e.status == EX_DATAERR, "a text that is none is refused");
    out_release(&out);
    close(fd);
    buf_release(&again);
    buf_release(&text);
    stages_release(&copy);
    stages_release(&stages);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
    check_limit(STAGES_MAX, false, "more than 32 stages");
    check_limit(STAGE_RESOURCES_MAX, true, "more than 64 resources in one stage");
    check_writing();
    return tap_done();
}
