/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal in flash, as far as it decides what a device believes after a restart: two banks of rows, states in two
 * copies with a mark behind them, records of the log whose payload an attacker writes. Power goes at most CUTS times,
 * in any operation; what it tears reads as it was, as it should be, as noise, or in another of these ways at each
 * mount. One row rots while nothing is open. README.md says which lines of the library each part stands for.
 *
 * RESTARTS: the application begins a log with a decoder's state, which nobody can send again; then power goes in one
 * restart after another, until the bank is full.
 *
 * PLANTED_… leaves a rule out; spin must then find a way to break the promise. */

#ifndef CUTS
#define CUTS 3
#endif
#ifdef RESTARTS
#define ROWS 21       /* of a bank: a decoder's state and three states, the least that begins such a log */
#define UPDATES 1     /* logs that the application begins */
#define RECORDS 0
#else
#define ROWS 26       /* of a bank: three states and room for a record of the log */
#define UPDATES 2     /* states that the application writes */
#define RECORDS 1     /* records of the log: patch bytes as they came by radio */
#endif
#define STATE_ROWS 2  /* header and seal; the payload in between is told by the seal's CRC */
#define LOG_ROWS 3    /* header, one row of payload, seal */
#define DECODER_ROWS 2
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
#define DECODER 3

typedef Row {
  byte tag;       /* as it was meant */
  byte kind;      /* of a payload: what it would be if it were believed */
  byte forged;    /* of a payload: the tag that its bytes look like */
  byte generation;
  byte value;     /* of a state: what the device knows, as a number that rises */
#ifdef RESTARTS
  byte log;       /* of a state: the generation of its log */
#endif
  byte unstable;  /* torn: it reads anew at each mount */
  byte seen;      /* the tag that this mount reads */
}

Row row[2 * ROWS]; /* the second bank begins at ROWS */
byte end[2];

/* What the device knows while it has power. */
byte present;
byte generation;
byte value;
byte highest;
bool intact;
bool intact_here; /* but for something newer in the other bank */
#ifdef RESTARTS
byte log;
bool has_decoder; /* the present log begins with one */
bool kept;        /* the world has seen that log: its decoder's state must be there from now on */
#endif

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
#ifdef RESTARTS
byte log_of_it; /* generation of the log of the state that is written */
#endif
byte n; /* of a loop that goes more than one way */
/* Of one step only: no part of a state. */
hidden byte i, at, bank, from, size, step, used, mark, copies;
hidden byte highest_of[2], decoder_of[2];

inline put(at, t, k, f, g, v) {
  row[at].tag = t; row[at].seen = t; row[at].kind = k; row[at].forged = f;
  row[at].generation = g; row[at].value = v; row[at].unstable = 0;
}

/* One program call. Where power goes in it the row reads as blank, as noise, or as it should, each time anew: in one
 * of these ways for ever among them, as where power went just before or behind it. */
inline program(at, t, k, f, g, v) {
  assert(row[at].seen == BLANK); /* nothing is programmed over what can be seen */
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
     at = 0; used = 0; highest_of[bank] = 0; decoder_of[bank] = 0;
     do
     :: at < ROWS ->
        from = bank * ROWS + at;
        step = 1;
        if
        :: IS(from, HEADER) ->
           if
           :: row[from].generation > highest_of[bank] -> highest_of[bank] = row[from].generation
           :: else
           fi;
           if
           :: row[from].kind == STATE -> size = STATE_ROWS
           :: row[from].kind == LOG -> size = LOG_ROWS
           :: row[from].kind == MARK -> size = 1
           :: row[from].kind == DECODER -> size = DECODER_ROWS
           fi;
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
                    generation = row[from].generation; value = row[from].value; present = bank; copies = 1;
#ifdef RESTARTS
                    log = row[from].log
#endif
                 :: row[from].kind == DECODER -> decoder_of[bank] = row[from].generation
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
     highest = (highest_of[bank] > highest -> highest_of[bank] : highest);
     bank++
  :: else -> break
  od;
  intact_here = (highest_of[present] == generation && mark == generation && copies == 2);
  intact = (intact_here && highest == generation);
#ifdef RESTARTS
  has_decoder = (decoder_of[present] != 0 && decoder_of[present] == log)
#endif
}

/* Whether there is room. */
#define TAKES(bank, size, reserve) (end[bank] + size + reserve <= ROWS)

/* A state in two copies and a mark, at `base` of the bank `target`. */
inline write_copies(v) {
  copy = 0;
  do
#ifdef PLANTED_ONE_COPY
  :: copy < 1 && !is_cut ->
#else
  :: copy < 2 && !is_cut ->
#endif
     program(base, HEADER, STATE, 0, highest, v);
#ifdef RESTARTS
     row[base].log = log_of_it;
#endif
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
       present = target; generation = highest; value = v; intact = true; committed = v;
#ifdef RESTARTS
       log = log_of_it
#endif
     }
  fi
}

#ifdef RESTARTS
/* A decoder's state, which a log begins with: at `base`. The generation of the state behind it is the next one. */
inline write_decoder() {
  atomic { highest++; log_of_it = highest }
  program(base, HEADER, DECODER, 0, highest, 0);
  if
  :: is_cut
  :: else -> program(base + 1, SEAL, DECODER, 0, highest, 0)
  fi;
  base = base + DECODER_ROWS
}

inline start_log(v) {
  atomic { target = 1 - present; has_decoder = false }
  erase(target);
  if
  :: is_cut
  :: else ->
     base = target * ROWS + end[target];
#ifdef PLANTED_RESTART_STATE_BEFORE_DECODER
     atomic { highest++; log_of_it = highest }
     write_copies(v);
     if
     :: is_cut
     :: else -> atomic { base++; highest-- } write_decoder()
     fi
#else
     write_decoder();
     if
     :: is_cut
     :: else -> highest++; write_copies(v)
     fi
#endif
  fi;
  has_decoder = !is_cut;
  kept = (kept || !is_cut)
}
#endif

/* A state in the present bank; in the other one, erased for it, where this one has no room. */
inline write_state(v, reserve) {
  target = present;
  if
  :: TAKES(present, ROOM, reserve)
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
     base = target * ROWS + end[target];
#ifdef RESTARTS
     if
#ifndef PLANTED_RESTART_LEAVES_DECODER
     :: target != present && has_decoder -> write_decoder()
#endif
     :: target == present -> log_of_it = log
     :: else -> log_of_it = highest + 1
     fi;
#endif
     if
     :: is_cut
     :: else ->
#ifdef PLANTED_SAME_GENERATION
        highest = generation + 1;
#else
        highest++;
#endif
        write_copies(v)
     fi
  fi
}

/* What a boot does first. Where only the other bank holds something newer, and this one is full, that is erased. */
inline restore_state() {
  if
  :: intact_here && !TAKES(present, ROOM, 0) -> target = 1 - present; erase(target); intact = !is_cut
  :: else -> write_state(value, 0)
  fi
}

/* Patch bytes go into the log. The attacker knows what the journal holds, and makes them look like any row. */
inline append() {
  if
  :: !TAKES(present, LOG_ROWS, RESERVE * ROOM)
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
  /* There is one process, so nothing comes between its steps: what is atomic only saves states. */
  atomic {
    is_cut = false; base = 0; copy = 0; target = 0;
#ifdef RESTARTS
    log_of_it = 0;
#endif
    draw();
    look();
    assert(mark <= generation);      /* the state is not lost */
    assert(value >= committed);      /* what the application was told of is there */
    assert(value <= attempted);      /* nothing is believed that nobody wrote */
#ifdef RESTARTS
    assert(has_decoder || !kept);    /* what nobody can send again is there */
#endif
#ifndef PLANTED_NO_RESTORE
    if
    :: intact
    :: else -> restore_state()
    fi;
#endif
    /* Nobody is told of a state before it stands as it should: until then an older one may be there once more. */
    if
    :: is_cut
    :: else ->
       committed = value; attempted = value;
#ifdef RESTARTS
       kept = (value == 2)
#endif
    fi
  }
  do
  :: is_cut -> goto boot
  :: atomic { !is_cut && updates < UPDATES -> updates++; attempted = value + 1;
#ifdef RESTARTS
       start_log(attempted)
#else
       write_state(attempted, (RESERVE - 1) * ROOM)
#endif
     }
  :: atomic { !is_cut && records < RECORDS -> records++; append() }
  :: atomic { !is_cut && intact && !rotten -> rotten = true; n = 0;
       /* One row of those that hold anything; then the next restart. */
       do
       :: n + 1 < 2 * ROWS -> n++
       :: row[n].tag != BLANK && row[n].unstable == 0 && row[n].kind != DECODER -> row[n].tag = NOISE; break
       :: n + 1 == 2 * ROWS -> break
       od;
       n = 0 }
     goto boot
  :: !is_cut && updates == UPDATES -> break
  od
}
