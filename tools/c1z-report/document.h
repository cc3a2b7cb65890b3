/*
 * document.h: the page around the data.  Its text, its style and its script are files of their own (report.html, report.css,
 * report.js), which are compiled in.
 */
#ifndef C1Z_REPORT_DOCUMENT_H
#define C1Z_REPORT_DOCUMENT_H

#include "err.h"
#include "out.h"

/**
 * document_put(out, data, arg, e):
 * Write the page to ${out}: report.html, with @policy@, @style@ and @script@ put in their places, and for @data@ what
 * ${data} writes there, called with ${arg}.  The policy lets the browser run this script and apply this style, by their
 * digests, and do nothing else.  Return 0, or -1 with ${e} (EX_IOERR, EX_OSERR; whatever ${data} fails of).
 */
int document_put(struct out *out, int (*data)(void *arg, struct err *e), void *arg, struct err *e);

#endif
