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

/* What comes next: the steps of the library that matter here. */
#define DECODE 0
#define KEEP 1
#define HOME 2
#define WRITE_MARK 3
#define VERIFY 4

byte slot[BLOCKS];
bool changes[BLOCKS]; /* whether base and target differ there */
byte ring[SPARE];     /* the block that it holds whole, as ID says; 0: torn or nothing */
bool wiping;          /* the ring is being erased on purpose, which a boot goes on with */
bool applying;        /* the slot is being overwritten */
bool trial;           /* the target is whole, and not confirmed */
bool returning;       /* and is to be taken back */
bool back;            /* the target is the one that is being overwritten, with its base */
bool done;
bool good;            /* the patch gives the target that it says */
bool good_back;       /* and its second body the base */
byte kept_blocks;     /* so many that change are written while the patch is tried out */
byte kept;            /* blocks that were produced when the state was kept */
byte kept_head;
byte kept_in[SPARE];
byte mark;

/* What the device knows while it has power. */
byte produced, head, cuts, i, block, step;
byte in[SPARE];
bool is_cut, is_found;

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

/* The present block into the next place. */
inline write_ring() {
  in[head] = 0;
  ring[head] = 0;
  may_cut();
  if
  :: is_cut -> if :: ring[head] = 0 :: ring[head] = ID(block) fi
  :: else -> ring[head] = ID(block); in[head] = block + 1; head = (head + 1) % SPARE
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

#define WAITS(place, end) (in[place] != 0 && in[place] <= (end))
#define HOLDS(end) (WAITS(0, end) || WAITS(1, end) || WAITS(2, end))
#define AFTER_HOME (produced == BLOCKS -> VERIFY : DECODE)

inline go_home() {
  i = 0;
  do
  :: i < SPARE && !is_cut ->
    if
    :: WAITS(i, HOME_END(produced)) ->
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

inline are_home() {
  d_step {
    i = 0;
    do :: i < SPARE -> if :: WAITS(i, HOME_END(produced)) -> in[i] = 0 :: else fi; i++ :: else -> break od;
    i = 0
  }
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

/* What was begun on purpose goes on, and ends, unless the journal is in the way of that. */
inline go_on_wiping() {
  if
  :: wiping ->
    d_step { i = 0; do :: i < SPARE -> ring[i] = 0; i++ :: else -> break od; i = 0 }
    may_cut();
    if :: is_cut :: !is_cut -> wiping = false :: !is_cut fi
  :: else
  fi
}

inline boot() {
  is_cut = false;
  go_on_wiping()
}

/* Goes on from what the journal has. */
inline load() {
  d_step {
    produced = kept; head = kept_head;
    i = 0;
    do :: i < SPARE -> in[i] = kept_in[i]; i++ :: else -> break od;
    i = 0
  }
  is_found = (mark == MARK);
  if
  :: mark == TORN_MARK -> if :: is_found = true :: is_found = false fi
  :: else
  fi;
#ifdef PLANTED_HOME_NOT_REPEATED
  is_found = true;
#endif
  if
  :: is_found ->
    are_home();
#ifdef PLANTED_MARK_NOT_REPEATED
    step = AFTER_HOME
#else
    step = WRITE_MARK
#endif
  :: !is_found && !HOLDS(HOME_END(produced)) -> step = AFTER_HOME
#ifdef PLANTED_STATE_NOT_KEPT_ANEW
  :: !is_found && HOLDS(HOME_END(produced)) -> step = HOME
#else
  :: !is_found && HOLDS(HOME_END(produced)) -> step = KEEP
#endif
  fi
}

/* One state: the patch is staged, and the ring is needed. Then the whole body, front to back. */
inline try_out() {
#ifndef PLANTED_WIPE_GOES_ON
  wiping = false;
#endif
  may_cut();
  d_step {
    head = kept_head;
    i = 0;
#ifdef PLANTED_RING_BELIEVED
    do :: i < SPARE -> in[i] = kept_in[i]; i++ :: else -> break od;
#else
    do :: i < SPARE -> in[i] = 0; i++ :: else -> break od;
#endif
    i = 0
  }
  block = 0;
  do
  :: block < BLOCKS && !is_cut ->
    if
    :: changes[block] && i < kept_blocks -> write_ring(); i++
    :: else
    fi;
    block++
  :: else -> break
  od;
  i = 0
}

/* What is read for a block is there: the base's from the floor on, and the target's before it. */
inline read() {
#ifdef PLANTED_READ_BEHIND_THE_WINDOW
  i = (FLOOR(block) > 0 -> FLOOR(block) - 1 : 0);
#else
  i = FLOOR(block);
#endif
  do
  :: i < BLOCKS ->
    assert(!changes[i] || slot[i] == FROM);
    assert(!changes[i] || i >= block ||
           (in[0] == i + 1 && ring[0] == ID(i)) || (in[1] == i + 1 && ring[1] == ID(i)) ||
           (in[2] == i + 1 && ring[2] == ID(i)));
    i++
  :: else -> break
  od;
  i = 0
}

/* One block: written nowhere where it does not change, and not again where the ring has it. */
inline decode() {
  block = produced;
  read();
  i = 0;
  do :: i < SPARE && in[i] != block + 1 -> i++ :: else -> break od;
  if
  :: !changes[block]
  :: changes[block] && i < SPARE && ring[i] == ID(block) -> head = (i + 1) % SPARE
#ifdef PLANTED_RING_BELIEVED
  :: changes[block] && i < SPARE && ring[i] != ID(block)
#else
  :: changes[block] && i < SPARE && ring[i] != ID(block) -> in[i] = 0; write_ring()
#endif
  :: changes[block] && i == SPARE -> write_ring()
  fi;
  i = 0;
  if
  :: is_cut
  :: else ->
    produced++;
    if
#ifdef PLANTED_HOME_BEFORE_IT_IS_KEPT
    :: HOLDS(HOME_END(produced)) -> step = HOME
#else
    :: HOLDS(HOME_END(produced)) -> step = KEEP
#endif
#ifndef PLANTED_NOTHING_CHANGED
    :: !HOLDS(HOME_END(produced)) && produced == BLOCKS && !applying -> step = KEEP
    :: !HOLDS(HOME_END(produced)) && (produced < BLOCKS || applying) -> step = AFTER_HOME
#else
    :: !HOLDS(HOME_END(produced)) -> step = AFTER_HOME
#endif
    fi
  fi
}

inline apply() {
  do
  :: is_cut || step == VERIFY -> break
  :: !is_cut && step == DECODE -> decode()
  :: !is_cut && step == KEEP ->
    keep();
    step = (HOLDS(HOME_END(produced)) -> HOME : AFTER_HOME)
  :: !is_cut && step == HOME ->
    go_home();
#ifdef PLANTED_RING_REUSED_EARLY
    step = AFTER_HOME
#else
    step = (produced == BLOCKS -> VERIFY : WRITE_MARK)
#endif
  :: !is_cut && step == WRITE_MARK -> write_mark(); step = AFTER_HOME
  :: !is_cut && step == WRITE_MARK -> step = KEEP /* the log is full: many restarts were in a row */
  od
}

inline all_are(what) {
  i = 0;
  do :: i < BLOCKS -> assert(!changes[i] || slot[i] == what); i++ :: else -> break od;
  i = 0
}

/* One state: the model is there. */
inline commit() {
  all_are(TO);      /* and whole */
  assert(applying); /* which says whether it can be taken back */
  if
  :: cuts < CUTS -> cuts++; is_cut = true
  :: d_step { applying = false; trial = !back; done = back; mark = NO_MARK; kept = 0 }
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

/* Base and target: all blocks differ, as many as find room in the ring, one, or none. */
inline choose() {
  if
  :: d_step { changes[0] = true; changes[1] = true; changes[2] = true; changes[3] = true; changes[4] = true }
  :: d_step { changes[0] = true; changes[3] = true; changes[4] = true }
  :: changes[4] = true
  :: true
  fi;
  if :: kept_blocks = SPARE :: kept_blocks = BLOCKS fi;
  if :: wiping = true :: wiping = false fi;
  if :: good = true; good_back = true :: good = true :: good_back = true fi
}

init {
  choose();
  do
  :: done -> break
  :: else ->
    boot();
#ifdef PLANTED_UNDO_RESUMED_AS_UPDATE
    if :: applying -> back = false :: else fi;
#endif
    if
    :: !is_cut && !applying && trial && !returning -> end_trial()
    :: !is_cut && returning -> /* whose sender is gone may be confirmed still */
      all_are(NEW);
      if :: done = true :: true fi
    :: else
    fi;
    if
    :: is_cut || done
    :: !is_cut && !done && applying -> load()
    :: !is_cut && !done && !applying && (!trial || returning) ->
      all_are(FROM); /* there is a model to run, or one that is whole */
      try_out();
      if
      :: is_cut
      /* refused: the model is what it was; no way back: so is the target */
#ifndef PLANTED_NOT_TRIED_OUT
      :: !is_cut && !back && !good -> break
#ifndef PLANTED_UNDO_NOT_TRIED_OUT
      :: !is_cut && back && !good_back -> break
#endif
#endif
      :: else -> produced = 0; step = DECODE
      fi
    :: else
    fi;
    if
    :: !is_cut && !done && (!trial || returning) ->
      apply();
      assert(!applying || (back -> good_back : good));
      if
      :: !is_cut -> commit()
      :: else
      fi
    :: else
    fi
  od
}
