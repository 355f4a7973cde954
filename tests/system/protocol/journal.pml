/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal in flash, as far as it decides what a device believes after a restart: two banks of rows, states in two
 * copies with a mark behind them, records of the log whose payload an attacker writes. Power goes at most CUTS times,
 * in any operation; what it tears reads as it was, as it should be, as noise, or in another of these ways at each
 * mount. One row rots while nothing is open. README.md says which lines of the library each part stands for.
 *
 * PLANTED_… leaves a rule out; spin must then find a way to break the promise. */

#ifndef CUTS
#define CUTS 3
#endif
#define ROWS 26       /* of a bank: three states and room for a record of the log */
#define UPDATES 2     /* states that the application writes */
#define RECORDS 1     /* records of the log: patch bytes as they came by radio */
#define STATE_ROWS 2  /* header and seal; the payload in between is told by the seal's CRC */
#define LOG_ROWS 3    /* header, one row of payload, seal */
#define ROOM 6        /* two copies, a mark, and the gap where power goes */
#define RESERVE 3

/* Tags. A payload row has its own tag, whatever the attacker puts behind it. */
#define BLANK 0
#define HEADER 1
#define PAYLOAD 2
#define SEAL 3
#define NOISE 4
/* Kinds of header and seal. */
#define STATE 0
#define LOG 1
#define MARK 2

typedef Row {
  byte tag;       /* as it was meant */
  byte kind;      /* of a payload: what it would be if it were believed */
  byte forged;    /* of a payload: the tag that its bytes look like */
  byte generation;
  byte value;     /* of a state: what the device knows, as a number that rises */
  byte unstable;  /* torn: it reads anew at each mount */
  byte seen;      /* the tag that this mount reads */
}

Row row[52]; /* the second bank begins at ROWS */
byte end[2];

/* What the device knows while it has power. */
byte present;
byte generation;
byte value;
byte highest;
bool intact;

/* What the world knows: the application was told of `committed`; it asked for `attempted`. */
byte committed;
byte attempted;
byte cuts;
byte records;
byte updates;
bool rotten;
bool is_cut;

/* Where the device is in what it writes. */
byte base, copy, target;
byte n; /* of a loop that goes more than one way */
/* Of one step only: no part of a state. */
hidden byte i, at, bank, from, size, step, used, mark, copies;
bool fit;

inline put(at, t, k, f, g, v) {
  row[at].tag = t; row[at].seen = t; row[at].kind = k; row[at].forged = f;
  row[at].generation = g; row[at].value = v; row[at].unstable = 0;
}

/* One program call. Where power goes in it the row reads as blank, as noise, or as it should, each time anew: in one
 * of these ways for ever among them, as where power went just before or behind it. */
inline program(at, t, k, f, g, v) {
#ifndef PLANTED_OVERWRITE
  assert(row[at].seen == BLANK); /* nothing is programmed over what can be seen */
#endif
  if
  :: atomic { put(at, t, k, f, g, v) }
  :: cuts < CUTS -> atomic { cuts++; is_cut = true; put(at, t, k, f, g, v); row[at].unstable = 1 }
  fi
}

inline blank_rows(first, count) {
  i = 0;
  do
  :: i < count -> put(first + i, BLANK, 0, 0, 0, 0); i++
  :: else -> break
  od;
  skip
}

/* An erase that is cut reaches some rows before others; what it was at reads as noise. */
inline erase(bank) {
  if
  :: atomic { blank_rows(bank * ROWS, ROWS); end[bank] = 0 }
  :: cuts < CUTS -> atomic { cuts++; is_cut = true }
  :: cuts < CUTS -> atomic { cuts++; is_cut = true; blank_rows(bank * ROWS, ROWS / 2) }
  :: cuts < CUTS -> atomic { cuts++; is_cut = true; blank_rows(bank * ROWS + ROWS / 2, ROWS / 2) }
  :: cuts < CUTS -> atomic {
       cuts++; is_cut = true; blank_rows(bank * ROWS, ROWS);
       i = 0;
       do
       :: i < ROWS -> row[bank * ROWS + i].tag = NOISE; row[bank * ROWS + i].seen = NOISE; i++
       :: else -> break
       od;
       skip }
  fi
}

/* Cells that are unstable read in one of their ways. */
inline draw() {
  n = 0;
  do
  :: n < 2 * ROWS ->
     if
     :: row[n].unstable == 0 -> row[n].seen = row[n].tag
     :: row[n].unstable == 1 -> row[n].seen = row[n].tag
     :: row[n].unstable == 1 -> row[n].seen = NOISE
     :: row[n].unstable == 1 -> row[n].seen = BLANK
     fi;
     n++
  :: else -> break
  od;
  n = 0
}

#ifdef PLANTED_NO_TAGS
#define IS(at, t) (row[at].seen == t || (row[at].seen == PAYLOAD && row[at].forged == t))
#else
#define IS(at, t) (row[at].seen == t)
#endif

#ifdef PLANTED_NO_SEAL
#define SEALED(at, size) true
#else
#define SEALED(at, size) \
  (IS(at + size - 1, SEAL) && row[at + size - 1].kind == row[at].kind && \
   row[at + size - 1].generation == row[at].generation)
#endif

/* A walk through both banks: the newest state that is sealed. */
inline look() {
  generation = 0; value = 0; highest = 0; mark = 0; copies = 0; bank = 0;
  do
  :: bank < 2 ->
     at = 0; used = 0;
     do
     :: at < ROWS ->
        from = bank * ROWS + at;
        step = 1;
        if
        :: IS(from, HEADER) ->
           if
           :: row[from].generation > highest -> highest = row[from].generation
           :: else
           fi;
           size = (row[from].kind == STATE -> STATE_ROWS : (row[from].kind == LOG -> LOG_ROWS : 1));
           if
           :: row[from].kind == MARK ->
              if
              :: row[from].generation > mark -> mark = row[from].generation
              :: else
              fi
           :: row[from].kind != MARK && at + size <= ROWS ->
              if
              :: SEALED(from, size) ->
                 step = size;
                 if
                 :: row[from].kind == STATE && row[from].generation == generation -> copies++
                 :: row[from].kind == STATE && row[from].generation > generation ->
                    generation = row[from].generation; value = row[from].value; present = bank; copies = 1
                 :: else
                 fi
              :: else
              fi
           :: else
           fi
        :: else
        fi;
        i = 0;
        do
        :: i < step -> used = (row[from + i].seen != BLANK -> at + i + 1 : used); i++
        :: else -> break
        od;
        at = at + step
     :: else -> break
     od;
     end[bank] = used + 1;
     bank++
  :: else -> break
  od;
  intact = (highest == generation && mark == generation && copies == 2)
}

/* Whether there is room: what is not blank is passed by. */
inline takes(in_bank, size, reserve) {
  fit = false;
  do
  :: !fit && end[in_bank] + size + reserve <= ROWS ->
     fit = true; i = 0;
     do
     :: i < size -> fit = (fit && row[in_bank * ROWS + end[in_bank] + i].seen == BLANK); i++
     :: else -> break
     od;
#ifdef PLANTED_OVERWRITE
     fit = true;
#endif
     if
     :: fit
     :: else -> end[in_bank] = end[in_bank] + 1
     fi
  :: else -> break
  od;
  skip
}

/* A state in two copies and a mark; in the other bank, erased for it, where this one has no room. */
inline write_state(v, reserve) {
  atomic { takes(present, ROOM, reserve); target = present }
  if
  :: fit
  :: else ->
#ifdef PLANTED_ERASE_PRESENT
     target = present;
#else
     target = 1 - present;
#endif
     erase(target)
  fi;
  if
  :: is_cut
  :: else ->
     atomic {
#ifdef PLANTED_SAME_GENERATION
       highest = generation + 1;
#else
       highest++;
#endif
       base = target * ROWS + end[target]; copy = 0 }
     do
#ifdef PLANTED_ONE_COPY
     :: copy < 1 && !is_cut ->
#else
     :: copy < 2 && !is_cut ->
#endif
        program(base, HEADER, STATE, 0, highest, v);
        if
        :: is_cut
        :: else -> program(base + 1, SEAL, STATE, 0, highest, v)
        fi;
        atomic { base = base + STATE_ROWS; copy++ }
     :: else -> break
     od;
     if
     :: is_cut
     :: else -> program(base, HEADER, MARK, 0, highest, 0)
     fi;
     if
     :: is_cut
     :: else -> atomic {
          end[target] = base + 1 - target * ROWS;
          present = target; generation = highest; value = v; intact = true; committed = v }
     fi
  fi
}

/* Patch bytes go into the log. The attacker knows what the journal holds, and makes them look like any row. */
inline append() {
  atomic { takes(present, LOG_ROWS, RESERVE * ROOM) }
  if
  :: !fit
  :: else ->
     atomic { base = present * ROWS + end[present] }
     program(base, HEADER, LOG, 0, generation, 0);
     if
     :: is_cut
     :: else ->
        if
        :: program(base + 1, PAYLOAD, STATE, HEADER, highest + 1, 0)
        :: program(base + 1, PAYLOAD, MARK, HEADER, highest + 1, 0)
        :: program(base + 1, PAYLOAD, LOG, SEAL, generation, 0)
        fi
     fi;
     if
     :: is_cut
     :: else -> program(base + 2, SEAL, LOG, 0, generation, 0)
     fi;
     if
     :: is_cut
     :: else -> atomic { end[present] = end[present] + LOG_ROWS }
     fi
  fi
}

active proctype device() {
  /* As it left the factory: one state. */
  atomic {
    blank_rows(0, 2 * ROWS);
    put(0, HEADER, STATE, 0, 1, 1); put(1, SEAL, STATE, 0, 1, 1);
    put(2, HEADER, STATE, 0, 1, 1); put(3, SEAL, STATE, 0, 1, 1);
    put(4, HEADER, MARK, 0, 1, 0);
    committed = 1; attempted = 1
  }
boot:
  atomic {
    is_cut = false; base = 0; copy = 0; target = 0; fit = false;
    draw();
    look();
    assert(mark <= generation);      /* the state is not lost */
    assert(value >= committed);      /* what the application was told of is there */
    assert(value <= attempted);      /* nothing is believed that nobody wrote */
    committed = value; attempted = value
  }
#ifndef PLANTED_NO_RESTORE
  if
  :: intact
  :: else -> write_state(value, 0)
  fi;
#endif
  do
  :: is_cut -> goto boot
  :: !is_cut && updates < UPDATES ->
     atomic { updates++; attempted = value + 1 }
     write_state(attempted, (RESERVE - 1) * ROOM)
  :: !is_cut && records < RECORDS -> records++; append()
  :: !is_cut && intact && !rotten ->
     /* One row of those that hold anything; then the next restart. */
     atomic {
       rotten = true; n = 0;
       do
       :: n + 1 < 2 * ROWS -> n++
       :: row[n].tag != BLANK && row[n].unstable == 0 -> row[n].tag = NOISE; break
       :: n + 1 == 2 * ROWS -> break
       od;
       n = 0
     }
     goto boot
  :: !is_cut && updates == UPDATES -> break
  od
}
