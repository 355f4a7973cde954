// SPDX-License-Identifier: Apache-2.0
//
// The slots and the journal under power cuts. README.md says what each part stands for in the code.
//
// A bank is an array of places; a place holds one record: a body and, programmed after it, a seal. A cell that was
// being programmed or erased when power went is UNSTABLE: every boot reads it as it pleases, until a complete erase.
// Each RULE_… is a decision of the journal; setting it to 0 shows what it is for (tests/model/protocol/meson.build).

#ifndef PLACES
#define PLACES 5        // record places of a bank
#endif
#ifndef CUTS
#define CUTS 2          // cuts in the middle of an operation; cuts between operations are not limited
#endif
#ifndef RECORDS
#define RECORDS 20      // bound of one run: sequence numbers above this end it
#endif
#ifndef RULE_SUCCESSION
#define RULE_SUCCESSION 1  // a record counts only if its successor's number is one more than its own
#endif
#ifndef RULE_FOLLOWED
#define RULE_FOLLOWED 1    // the other bank is erased only if the state does not rest on this boot's reading of a last seal
#endif
#ifndef RULE_ANCHOR
#define RULE_ANCHOR 1      // a slot is touched only after a record was sealed in this session
#endif
#ifndef RULE_SPARE
#define RULE_SPARE 1       // a bank is appended to only if the other one holds something older, or is erased first
#endif
#ifndef RULE_JUMP
#define RULE_JUMP 1        // the numbers in a fresh bank are above all that the old bank could hold unseen
#endif
#ifndef RULE_SEAL
#define RULE_SEAL 1        // the last record counts only if it is sealed
#endif
#ifndef REPROGRAM
#define REPROGRAM 1        // what programming an attempted unit that reads blank gives: 1 data, 0 an unstable unit
#endif
#define GAP 1           // places left out by the first append after a mount
#define PAGES 2         // pages of a model
#define TRIALS 1        // boots that a model on trial gets

#define BLANK 0
#define WRITTEN 1
#define UNSTABLE 2
#define GARBLED 3       // as read: neither blank nor valid
#define FADED 4         // was UNSTABLE when an erase was interrupted: an erase only takes charge away, so never valid again

#define NONE 7

typedef Record {
  byte body; byte seal;
  byte sequence;
  bit snapshot;         // holds `active` and `trial`; any other record only the progress of an update
  bit chosen;
  byte trial;           // boots left + 1; 0 = confirmed
  byte update;          // whose pages the inactive slot holds; 0 = a whole model, to which one may revert
  byte pages            // how many of them are claimed to be there
}
typedef Bank { Record at[PLACES]; bit doubtful }
typedef Slot { byte owner; byte pages }

// Flash.
Bank bank[2];
Slot slot[2];

// RAM: lost with power.
bit current; byte end; byte sequence; bit appended; bit followed; bit spare;
bit chosen; byte trial; byte update; byte pages;

// What the outside world knows.
byte cuts;
bit may_be[2] = 0;      // slots that a boot may find active
byte trial_runs;        // how often the model on trial was run
bit confirmed = 1;      // the active model was reported as confirmed, and no newer one was committed

// Used within one step.
byte i, b, q, bound, tail, snap, best, mark;
byte body[PLACES]; byte seal[PLACES]; bit counts[PLACES];

#define MAY_CUT (cuts < CUTS)
#define WHOLE(s) (slot[s].owner == 0 || slot[s].pages == PAGES)

// ---- flash operations: done, or power goes in the middle (or, at `reboot`, between two of them) ----

inline program_body(bk, s, a, t, u, g) {
  assert(end < PLACES);
  assert(!bank[bk].doubtful);
  d_step {
    if
    :: bank[bk].at[end].body != WRITTEN && bank[bk].at[end].seal != WRITTEN -> skip
    :: else -> assert(false)       // a programmed unit is programmed again
    fi;
    if
    :: bank[bk].at[end].body > WRITTEN && REPROGRAM == 0 -> skip
    :: else -> bank[bk].at[end].body = WRITTEN
    fi;
    sequence++;
    bank[bk].at[end].sequence = sequence; bank[bk].at[end].snapshot = s; bank[bk].at[end].chosen = a;
    bank[bk].at[end].trial = t; bank[bk].at[end].update = u; bank[bk].at[end].pages = g;
  }
  if
  :: true -> skip
  :: MAY_CUT -> cuts++; bank[bk].at[end].body = UNSTABLE; goto boot
  fi
}

inline program_seal(bk) {
  if
  :: bank[bk].at[end].seal > WRITTEN && REPROGRAM == 0 -> skip
  :: else -> bank[bk].at[end].seal = WRITTEN
  fi;
  if
  :: true -> skip
  :: MAY_CUT -> cuts++; bank[bk].at[end].seal = UNSTABLE; goto boot
  fi
}

inline wipe(bk, p) {
  bank[bk].at[p].body = BLANK; bank[bk].at[p].seal = BLANK; bank[bk].at[p].sequence = 0;
  bank[bk].at[p].snapshot = 0; bank[bk].at[p].chosen = 0; bank[bk].at[p].trial = 0;
  bank[bk].at[p].update = 0; bank[bk].at[p].pages = 0
}

inline fade(cell) {
  if
  :: cell == WRITTEN -> cell = UNSTABLE
  :: cell == UNSTABLE -> cell = FADED
  :: else -> skip
  fi
}

inline erase_bank(bk) {
  if
  :: true ->
    d_step {
      i = 0;
      do :: i < PLACES -> wipe(bk, i); i++ :: else -> break od;
      bank[bk].doubtful = 0; i = 0
    }
  :: MAY_CUT ->
    d_step {
      i = 0;
      do
      :: i < PLACES ->
        fade(bank[bk].at[i].body);
        fade(bank[bk].at[i].seal);
        i++
      :: else -> break
      od;
      i = 0; bank[bk].doubtful = 1; cuts++
    }
    goto boot
  fi
}

inline erase_slot(s, u) {
  assert(!may_be[s]);              // the active slot is never written
  slot[s].owner = u; slot[s].pages = 0;
  if :: true -> skip :: MAY_CUT -> cuts++; goto boot fi
}

inline write_page(s) {
  assert(!may_be[s]);
  if
  :: slot[s].pages < pages + 1 -> slot[s].pages = pages + 1
  :: else -> skip
  fi;
  if :: true -> skip :: MAY_CUT -> slot[s].pages = pages; cuts++; goto boot fi
}

// ---- the journal ----

inline put(bk, s, a, t, u, g) {
  program_body(bk, s, a, t, u, g);
  if :: s -> may_be[a] = 1 :: else -> skip fi;
  program_seal(bk);
  end++
}

inline settle() {
  d_step { may_be[chosen] = 1; may_be[1 - chosen] = 0; appended = 1; followed = 1 }
}

// The other bank becomes the current one: erased, what is live copied, the snapshot last.
inline switch_bank() {
  if
  :: RULE_FOLLOWED && !followed ->
    if :: !appended -> end = end + GAP :: else -> skip fi;
    if :: end >= PLACES -> goto done :: else -> skip fi;   // as many cuts as the reserve has places
    put(current, 1, chosen, trial, update, pages);
    settle()
  :: else -> skip
  fi;
  erase_bank(1 - current);
  end = 0;
  if :: RULE_JUMP -> sequence = sequence + PLACES - sequence % PLACES :: else -> skip fi;
  if :: update != 0 -> put(1 - current, 0, chosen, 0, update, pages) :: else -> skip fi;
  put(1 - current, 1, chosen, trial, update, pages);
  current = 1 - current; spare = 1;
  settle()
}

inline append(s, a, t, u, g) {
  if :: sequence >= RECORDS -> goto done :: else -> skip fi;
  mark = end;
  if :: !appended -> mark = mark + GAP :: else -> skip fi;
  if
  :: mark + 1 + GAP >= PLACES ->     // one place and its gap stay in reserve, for a record that must follow the snapshot
    switch_bank()
  :: else ->
    if
    :: RULE_SPARE && !spare -> erase_bank(1 - current); spare = 1
    :: else -> skip
    fi;
    end = mark
  fi;
  put(current, s, a, t, u, g);
  d_step {
    chosen = a; trial = t; update = u; pages = g;
    settle()
  }
}

// Reads both banks as this boot sees them and derives the state.
inline mount() {
  best = NONE; bound = 0; b = 0;
  do
  :: b < 2 ->
    // Draw what is read.
    i = 0;
    do
    :: i < PLACES ->
      if
      :: bank[b].at[i].body <= WRITTEN -> body[i] = bank[b].at[i].body
      :: bank[b].at[i].body == UNSTABLE -> body[i] = WRITTEN
      :: bank[b].at[i].body > WRITTEN -> body[i] = BLANK
      :: bank[b].at[i].body > WRITTEN -> body[i] = GARBLED
      fi;
      if
      :: bank[b].at[i].seal <= WRITTEN -> seal[i] = bank[b].at[i].seal
      :: bank[b].at[i].seal == UNSTABLE -> seal[i] = WRITTEN
      :: bank[b].at[i].seal > WRITTEN -> seal[i] = BLANK
      :: bank[b].at[i].seal > WRITTEN -> seal[i] = GARBLED
      fi;
      i++
    :: else -> break
    od;
    skip;
    d_step {
      // Which records count, from the last to the first.
      tail = NONE; i = PLACES; q = 0; snap = NONE;
      do
      :: i > 0 ->
        i--;
        counts[i] = 0;
        if
        :: body[i] == WRITTEN && tail == NONE && (seal[i] == WRITTEN || !RULE_SEAL) ->
          counts[i] = 1; tail = i; q = bank[b].at[i].sequence
        :: body[i] == WRITTEN && tail != NONE && (bank[b].at[i].sequence == q - 1 || !RULE_SUCCESSION) ->
          counts[i] = 1; q = bank[b].at[i].sequence
        :: else -> skip
        fi;
        if :: counts[i] && bank[b].at[i].snapshot && snap == NONE -> snap = i :: else -> skip fi
      :: else -> break
      od;
      // The bank with the newest snapshot that counts is the current one.
      if
      :: snap != NONE && bank[b].at[snap].sequence > bound ->
        spare = (best != NONE);
        best = snap; bound = bank[b].at[snap].sequence; current = b;
        sequence = bank[b].at[tail].sequence;
        followed = (tail != snap);
        chosen = bank[b].at[snap].chosen; trial = bank[b].at[snap].trial;
        update = bank[b].at[snap].update; pages = bank[b].at[snap].pages;
        end = 0; i = 0;
        do
        :: i < PLACES ->
          if :: body[i] != BLANK || seal[i] != BLANK -> end = i + 1 :: else -> skip fi;
          if
          :: i > snap && counts[i] -> update = bank[b].at[i].update; pages = bank[b].at[i].pages
          :: else -> skip
          fi;
          i++
        :: else -> break
        od
      :: snap != NONE && bank[b].at[snap].sequence <= bound -> spare = 1
      :: else -> skip
      fi;
      b++
    }
  :: else -> break
  od;
  skip;
  d_step {
    i = 0;
    do :: i < PLACES -> body[i] = 0; seal[i] = 0; counts[i] = 0; i++ :: else -> break od;
    // Where only one bank reads well, that one is stable: one of the two always is.
    followed = followed || !spare;
    i = 0; b = 0; q = 0; tail = 0; snap = 0; bound = 0; mark = 0; appended = 0
  }
}

inline check() {
  assert(best != NONE);                             // there is always a state
  assert(may_be[chosen]);                           // the old model or the new one
  assert(WHOLE(chosen));
  assert(!confirmed || trial == 0);                 // a confirmed model is not taken back
  if
  :: update == 0 -> assert(WHOLE(1 - chosen))       // one may revert
  :: update != 0 && pages > 0 -> assert(slot[1 - chosen].owner == update && slot[1 - chosen].pages >= pages)
  :: else -> skip
  fi;
  best = 0
}

inline anchor() {
  if
  :: RULE_ANCHOR && !appended -> append(0, chosen, trial, update, pages)
  :: else -> skip
  fi
}

active proctype device() {
  byte wish;
  d_step {                                          // the factory: one model, one record
    bank[0].at[0].body = WRITTEN; bank[0].at[0].seal = WRITTEN; bank[0].at[0].sequence = 1;
    bank[0].at[0].snapshot = 1; may_be[0] = 1
  }
boot:
  atomic {
    current = 0; end = 0; sequence = 0; appended = 0; followed = 0; spare = 0;
    chosen = 0; trial = 0; update = 0; pages = 0; wish = 0;
    mount();
    check()
  }
  // A model on trial is run only after its boot was counted.
  if
  :: trial == 1 -> trial_runs = 0; confirmed = 1; append(1, 1 - chosen, 0, 0, 0)
  :: trial > 1 ->
    append(1, chosen, trial - 1, update, pages);
    trial_runs++; assert(trial_runs <= TRIALS)
  :: else -> skip
  fi;
  do
  :: goto boot                                      // the application restarts, or power goes between operations
  :: trial > 0 -> append(1, chosen, 0, update, pages); confirmed = 1
  :: update == 0 -> confirmed = 1; append(1, 1 - chosen, 0, 0, 0)   // revert
  :: trial == 0 ->
    if :: wish == 0 -> if :: wish = 1 :: wish = 2 fi :: else -> skip fi;
    if
    :: update != wish -> append(0, chosen, trial, wish, 0); erase_slot(1 - chosen, wish)
    :: update == wish && pages == 0 -> anchor(); erase_slot(1 - chosen, wish); write_page(1 - chosen); append(0, chosen, trial, update, 1)
    :: update == wish && pages > 0 && pages < PAGES ->
      anchor(); write_page(1 - chosen); append(0, chosen, trial, update, pages + 1)
    :: update == wish && pages == PAGES ->
      confirmed = 0; trial_runs = 0; append(1, 1 - chosen, TRIALS + 1, 0, 0); goto boot
    fi
  od;
done:
  skip
}
