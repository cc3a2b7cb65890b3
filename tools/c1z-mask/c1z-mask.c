/*
 * c1z-mask: a stream of baton records with pseudonyms, to show a file to others.
 */
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "option.h"
#include "pass.h"
#include "startup.h"

enum { OPT_KEY_FILE = OPTION_OWN };

static const struct option rows[] = {
    {"key-file", required_argument, NULL, OPT_KEY_FILE},
    OPTION_ROWS,
};

struct settings {
    const char *key_file, *input;
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    (void)option;
    ((struct settings *)settings)->key_file = argument;
    return *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--key-file: empty name");
}

static const struct option_set command_line = {
    .name = "c1z-mask",
    .usage = "usage: c1z-mask --key-file FILE [--log-level LEVEL] [--log-format FORMAT]\n"
             "                [INPUT]\n",
    .examples = "  openssl rand -hex 32 > mask.key && chmod 600 mask.key\n"
                "  c1z-cat sync.c1z | c1z-mask --key-file mask.key |\n"
                "      c1z-pack --no-expand -f shown.c1z\n",
    .help = "Print the baton records of INPUT (default: standard input) with pseudonyms in\n"
            "place of names, addresses, logins and ids.\n"
            "The same key gives the same pseudonyms. What it does not know is refused.\n"
            "\n"
            "      --key-file FILE   the key: 16 to 4096 bytes, which only you have\n" OPTION_HELP,
    .letters = "",
    .rows = rows,
    .take = take_option,
};

static int take_operands(struct settings *s, char *const *words, int n, struct err *e)
{
    if (n > 1)
        return err_set(e, EX_USAGE, "more than one input");
    if (s->key_file == NULL)
        return err_set(e, EX_USAGE, "--key-file is needed");
    s->input = n == 1 && strcmp(words[0], "-") != 0 ? words[0] : NULL;
    return 0;
}

static int open_input(const char *input, struct err *e)
{
    int fd = input == NULL ? STDIN_FILENO : open(input, O_RDONLY | O_CLOEXEC);

    return fd >= 0 ? fd : err_open(e, input);
}

/* The key and OpenSSL's own files are read before rights are given up, the input after. */
static int run_mask(const struct settings *s, struct err *e)
{
    struct pseudonym p;
    int fd = open_input(s->input, e);
    int r = fd < 0 ? -1 : pseudonym_open(&p, s->key_file, e);

    if (fd < 0)
        return -1;
    if (r == 0) {
        confine_self("c1z-mask", NULL, NULL);
        r = pass_stream(&p, fd, s->input != NULL ? s->input : "standard input", e);
    }
    pseudonym_close(&p);
    if (fd != STDIN_FILENO)
        close(fd);
    return r;
}

int main(int argc, char **argv)
{
    struct settings s = {0};
    struct err e = {0};
    int r;

    startup_begin("c1z-mask");
    r = option_parse(&command_line, &s, argc, argv, &e);
    if (r == 0)
        r = take_operands(&s, argv + optind, argc - optind, &e);
    if (r == 0)
        r = run_mask(&s, &e);
    return option_end(&command_line, r, &e);
}
