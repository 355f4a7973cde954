// SPDX-License-Identifier: Apache-2.0
// Takes patches over the serial port. The slots and the journal lie in one file of Device OS's file system.
#include <TinyMLDelta.h>
#include <tmd/port/file_flash.hpp>

#include "Particle.h"

using Flash = tmd::port::FileFlash;
struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // a first experiment; a product has keys
};

static Flash flash;
static tmd::ModelStore<Config> store;
static tmd::Updater<Config> updater;
