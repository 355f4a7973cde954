/* SPDX-License-Identifier: Apache-2.0
 *
 * An update in place, as far as it decides what a slot holds after any cuts: a slot, a ring of spare blocks, and
 * the journal, whose states are all or nothing (journal.pml is about that) but whose mark, a record of the log, may be
 * there at one boot and not at the next. Power goes at most CUTS times, in any operation. The target is then on trial:
 * it is confirmed, or taken back by the same steps. README.md says which lines of the library each part stands for.
 *
 * PLANTED_… leaves a rule out; spin must then find a way to break the promise. */

#ifndef CUTS
#define CUTS 3
#endif
#define BLOCKS 5
#define SPARE 3
#define BATCH 2

/* What a block of the slot holds: the base's or the target's. */
#define OLD 0
#define NEW 1
#define TORN 2
/* What the journal has of a mark: none, one that was torn and reads anew at each boot, one that stays. */
#define NO_MARK 0
#define TORN_MARK 1
#define MARK 2

byte slot[BLOCKS];
byte ring[SPARE];  /* the block that it holds whole, as ID says; 0: torn or nothing */
bool applying;     /* the slot is being overwritten */
bool trial;        /* the target is whole, and not confirmed */
bool returning;    /* and is to be taken back */
bool back;         /* the target is the one that is being overwritten, with its base */
bool done;
bool good;         /* the patch gives the target that it says */
bool good_back;    /* and its second body the base */
byte kept;         /* blocks that were produced when the state was kept */
byte kept_head;
byte kept_in[SPARE];
byte mark;

/* What the device knows while it has power. */
byte produced, head, home, cuts, i, block;
byte in[SPARE];
bool is_cut, is_home;

#define FROM (back -> NEW : OLD)
#define TO (back -> OLD : NEW)
/* Blocks of one direction are none of the other. */
#define ID(b) ((b) + 1 + (back -> BLOCKS : 0))
#define FLOOR(b) ((b) < SPARE -> 0 : ((((b) - SPARE) / BATCH) + 1) * BATCH)
#define HOME_END(b) ((b) == BLOCKS -> BLOCKS : FLOOR(b))

/* Does power go here? */
inline may_cut() {
  if
  :: cuts < CUTS -> cuts++; is_cut = true
  :: true
  fi
}

inline write_ring() {
  ring[head] = 0;
  may_cut();
  if
  :: is_cut -> if :: ring[head] = 0 :: ring[head] = ID(block) fi
  :: else -> ring[head] = ID(block)
  fi
}

/* The state, all or nothing. */
inline keep() {
  if
  :: cuts < CUTS -> cuts++; is_cut = true
  :: true ->
    d_step {
      kept = produced; kept_head = head; mark = NO_MARK; applying = true; trial = false; returning = false;
      i = 0;
      do :: i < SPARE -> kept_in[i] = in[i]; i++ :: else -> break od;
      i = 0
    }
    if :: cuts < CUTS -> cuts++; is_cut = true :: true fi
  fi
}

inline go_home() {
  i = 0;
  do
  :: i < SPARE && !is_cut ->
    if
    :: in[i] != 0 && in[i] <= HOME_END(produced) ->
      block = in[i] - 1;
      assert(ring[i] == ID(block)); /* what goes home is there */
      slot[block] = TORN;
      may_cut();
      if
      :: is_cut -> if :: slot[block] = TORN :: slot[block] = TO fi
      :: else -> slot[block] = TO; in[i] = 0
      fi
    :: else
    fi;
    i++
  :: else -> break
  od
}

inline write_mark() {
  if
  :: mark == MARK
  :: else ->
    may_cut();
    if
    :: is_cut -> mark = TORN_MARK
    :: else -> mark = MARK
    fi
  fi
}

inline boot() {
  is_cut = false;
  produced = kept; head = kept_head;
  d_step {
    i = 0;
    do :: i < SPARE -> in[i] = kept_in[i]; i++ :: else -> break od;
    i = 0
  }
  is_home = (mark == MARK);
  if
  :: mark == TORN_MARK -> if :: is_home = true :: is_home = false fi
  :: else
  fi
}

inline try_out() {
  block = 0;
  do
  :: block < BLOCKS && !is_cut -> write_ring(); head = (head + 1) % SPARE; block++
  :: else -> break
  od;
  head = 0
}

inline apply() {
  /* What was kept goes home, however often. */
  if
#ifdef PLANTED_HOME_NOT_REPEATED
  :: true
#endif
  :: is_home ->
    d_step {
      i = 0;
      do
      :: i < SPARE -> if :: in[i] != 0 && in[i] <= HOME_END(produced) -> in[i] = 0 :: else fi; i++
      :: else -> break
      od;
      i = 0
    }
#ifdef PLANTED_STATE_NOT_KEPT_ANEW
  :: !is_home -> go_home()
#else
  :: !is_home -> keep(); if :: is_cut :: else -> go_home() fi
#endif
  fi;
  do
  :: is_cut -> break
  :: !is_cut && produced == BLOCKS -> break
  :: !is_cut && produced < BLOCKS ->
#ifdef PLANTED_MARK_NOT_REPEATED
    if :: is_home :: !is_home -> write_mark() fi;
#else
#ifndef PLANTED_RING_REUSED_EARLY
    write_mark();
#endif
#endif
    is_home = true;
    /* To the next time that the ring is full, or the end. */
    do
    :: is_cut -> break
    :: !is_cut ->
      block = produced;
#ifdef PLANTED_READ_BEHIND_THE_WINDOW
      i = (FLOOR(block) > 0 -> FLOOR(block) - 1 : 0);
#else
      i = FLOOR(block);
#endif
      do :: i < BLOCKS -> assert(slot[i] == FROM); i++ :: else -> break od; /* what is read is there */
      write_ring();
      if
      :: is_cut
      :: else -> in[head] = block + 1; head = (head + 1) % SPARE; produced++
      fi;
      if
      :: is_cut || produced == BLOCKS || FLOOR(produced) != FLOOR(block) -> break
      :: else
      fi
    od;
    if
    :: is_cut
    :: else ->
#ifdef PLANTED_HOME_BEFORE_IT_IS_KEPT
      go_home();
      if :: is_cut :: else -> keep() fi
#else
      keep();
      if :: is_cut :: else -> is_home = false; go_home() fi
#endif
    fi
  od
}

inline all_are(what) {
  i = 0;
  do :: i < BLOCKS -> assert(slot[i] == what); i++ :: else -> break od
}

/* One state: the model is there. */
inline commit() {
  all_are(TO); /* and whole */
  if
  :: cuts < CUTS -> cuts++; is_cut = true
  :: d_step { applying = false; kept = 0; kept_head = 0; trial = !back; done = back; mark = NO_MARK }
  fi
}

/* The application decides, or the boots are used up. */
inline end_trial() {
  all_are(NEW);
  if
  :: done = true
  :: may_cut();
    if
    :: is_cut
    :: else -> returning = true; back = true
    fi
  fi
}

init {
  if :: good = true :: good = false fi;
  if :: good_back = true :: good_back = false fi;
  do
  :: done -> break
  :: else ->
    boot();
#ifdef PLANTED_UNDO_RESUMED_AS_UPDATE
    if :: applying -> back = false :: else fi;
#endif
    if
    :: !applying && trial && !returning -> end_trial()
    :: else
    fi;
    if
    :: !applying && !done && !is_cut && (!trial || returning) ->
      all_are(FROM); /* there is a model to run, or one that is whole */
#ifdef PLANTED_UNDO_NOT_TRIED_OUT
      if :: !back -> try_out() :: else fi;
#else
#ifndef PLANTED_NOT_TRIED_OUT
      try_out();
#endif
#endif
      if
      :: is_cut
#ifndef PLANTED_NOT_TRIED_OUT
      :: !is_cut && !back && !good -> break /* refused: the model is what it was */
#ifndef PLANTED_UNDO_NOT_TRIED_OUT
      :: !is_cut && back && !good_back -> break /* no way back: the target is what it was */
#endif
#endif
      :: else ->
        d_step { i = 0; do :: i < SPARE -> in[i] = 0; i++ :: else -> break od; i = 0; produced = 0; head = 0 };
        keep()
      fi
    :: else
    fi;
    if
    :: applying && !is_cut && !done ->
      assert(back -> good_back : good);
      apply();
      if
      :: !is_cut && produced == BLOCKS -> commit()
      :: else
      fi
    :: else
    fi
  od
}
