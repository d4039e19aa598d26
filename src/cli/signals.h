// What Ctrl-C, SIGTERM and SIGHUP do: set `interrupted` (cli.h), and see to it that the program ends soon.
#pragma once

namespace kith::cli {

/// Call first in main: threads that are made later leave the signals to the one that is made here. No system call is
/// ever interrupted, and no half line written, because of a signal.
///
/// The first signal sets `interrupted`, and the verb ends in good order. What has not ended a second later is ended: there is
/// nothing that would be lost, unless the verb has called finish_outputs_first(). A signal within half a second of the first is
/// the same request (service managers and timeout(1) tell the process and its group); a later one ends the program at once.
void watch_signals();

/// From now on the first signal waits for the verb, 10 s at most: it has outputs to bring to their end.
void finish_outputs_first();

}  // namespace kith::cli
