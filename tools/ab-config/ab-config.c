/*
 * ab-config: the settings in a configuration file, for programs that do not read YAML (ab-config(1)).
 */
#include <string.h>

#include "config.h"
#include "confine.h"
#include "option.h"
#include "out.h"
#include "startup.h"

/* With ${zero}, each setting ends with a NUL in place of a line feed. */
struct settings {
    bool zero;
};

static const struct option rows[] = {
    {"zero", no_argument, NULL, 'z'},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct settings *s = settings;

    (void)option;
    (void)argument;
    (void)e;
    s->zero = true;
    return 0;
}

static const struct option_set command_line = {
    .name = "ab-config",
    .usage = "usage: ab-config [-z] [--log-level LEVEL] [--log-format FORMAT] FILE\n",
    .examples = "  ab-config .baton.yaml\n",
    .help = "Print the settings in FILE, a mapping in YAML or JSON, as lines NAME=VALUE.\n"
            "Texts stay as they stand there, and a list becomes its items with commas.\n"
            "\n"
            "  -z, --zero            end each with a NUL, not a line feed\n" OPTION_HELP "\nSee ab-config(1).\n",
    .letters = "z",
    .rows = rows,
    .take = take_option,
};

/* Print the settings at ${text}, each with a NUL behind it. */
static int print_settings(struct buf *text, bool zero, struct err *e)
{
    struct out o;

    if (!zero)
        for (size_t i = 0; i < text->len; i++)
            if (text->data[i] == '\0')
                text->data[i] = '\n';
    out_init(&o, 1, "standard output");
    if (out_write(&o, text->data, text->len, e) == 0)
        return out_close(&o, e);
    out_release(&o);
    return -1;
}

static int run_config(const struct settings *s, const char *file, struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, 2 * CONFIG_FILE_MAX);
    r = config_read(file, &text, e);
    if (r == 0 && !s->zero && text.len > 0 && memchr(text.data, '\n', text.len) != NULL)
        r = err_set(e, EX_CONFIG, "a value of '%s' has more than one line: use --zero", file);
    if (r == 0)
        r = print_settings(&text, s->zero, e);
    /* The secret may be in it. */
    if (text.data != NULL)
        explicit_bzero(text.data, text.cap);
    buf_release(&text);
    return r;
}

int main(int argc, char **argv)
{
    struct settings s = {0};
    struct err e = {0};
    int r;

    startup_begin("ab-config");
    r = option_parse(&command_line, &s, argc, argv, &e);
    if (r == 0 && argc - optind != 1)
        r = err_set(&e, EX_USAGE, "one file is needed");
    if (r == 0) {
        confine_self("ab-config", argv[optind], NULL);
        r = run_config(&s, argv[optind], &e);
    }
    return option_end(&command_line, r, &e);
}
