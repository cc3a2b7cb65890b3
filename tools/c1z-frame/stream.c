#include "stream.h"

#include <inttypes.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "frame.h"
#include "out.h"
#include "setting.h"

static int begin(struct out *o, const char *source, struct err *e)
{
    struct timespec now;
    struct tm tm;
    char started_at[32];

    if (setting_time(&now, e) < 0)
        return -1;
    gmtime_r(&now.tv_sec, &tm);
    strftime(started_at, sizeof(started_at), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return frame_begin(o, FRAME_RECORDS, source, started_at, NULL, e);
}

static bool is_blank(const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t' || text[len - 1] == '\r'))
        len--;
    return len == 0;
}

static int check_line(const struct lines *lines, const struct frame *line, struct err *e)
{
    if (lines->unterminated)
        return err_set(e, EX_DATAERR, "%s: ends in the middle of line %" PRIu64, lines->name, line->line);
    if (is_blank(line->text, line->len))
        return err_set(e, EX_DATAERR, "%s: line %" PRIu64 " is empty", lines->name, line->line);
    return 0;
}

static int pass_lines(struct out *o, struct frame_reader *lines, struct err *e)
{
    struct frame line;
    int r;

    while ((r = frame_next(lines, &line, e)) > 0)
        if (check_line(&lines->lines, &line, e) < 0 || out_line(o, line.text, line.len, e) < 0)
            return -1;
    return r;
}

static int frame_command(struct out *o, struct command *c, const char *source, struct err *e)
{
    struct frame_reader lines;
    int r;

    frame_open(&lines, c->output, c->name, FRAME_RECORDS, true);
    r = begin(o, source, e);
    if (r == 0)
        r = pass_lines(o, &lines, e);
    if (r == 0)
        r = command_wait(c, e);
    if (r == 0)
        r = frame_end(o, lines.records, 0, NULL, e);
    frame_close(&lines);
    return r;
}

int stream_run(const char *source, char *const *argv, struct err *e)
{
    struct command c;
    struct out o;
    int r = command_start(&c, argv, e);

    out_init(&o, STDOUT_FILENO, "standard output");
    if (r == 0)
        r = frame_command(&o, &c, source, e);
    /* What is right before the failure is passed on too: without an end line nobody takes it for the whole. */
    if (r == 0)
        r = out_close(&o, e);
    else
        out_flush(&o, e);
    out_release(&o);
    command_release(&c);
    return r;
}
