/*
 * fds.h: the three standard descriptors.
 */
#ifndef AB_FDS_H
#define AB_FDS_H

/**
 * fds_hold_standard():
 * Make sure that descriptors 0 to 2 are open before anything else is: a file or socket that got one of these numbers
 * would be read or written as standard input or output.  One that is closed is opened on /dev/null the wrong way
 * round, so that using it fails.  Ends the program with EX_OSERR if that cannot be done, as there is nowhere to say so.
 */
void fds_hold_standard(void);

#endif
