// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "tmd/flash/flash_port.hpp"
#include "tmd/journal/journal.hpp"

namespace tmd::detail {

/// True for a journal that lies in the same flash as the slots and can be made from its port and a region.
template <class Journal, class Flash, class = void>
struct LiesBesideSlots : std::false_type {};
template <class Journal, class Flash>
struct LiesBesideSlots<Journal, Flash,
                       decltype(static_cast<void>(detail::declval<Journal&>().attach(
                           detail::declval<FlashPort<Flash>&>(), Region())))>
    : std::is_default_constructible<Journal> {};

/// The journal of a store: its own, in the layout's third region, or one that the application gave.
template <class Journal, class Flash, bool kOwn = LiesBesideSlots<Journal, Flash>::value>
class JournalPlace {
 public:
  static constexpr bool kOwned = true;
  constexpr JournalPlace() = default;
  constexpr void attach(FlashPort<Flash>& port, Region region) { own_.attach(port, region); }
  constexpr bool is_attached() const { return true; }
  Journal& get() { return own_; }

 private:
  Journal own_;
};

template <class Journal, class Flash>
class JournalPlace<Journal, Flash, false> {
 public:
  static constexpr bool kOwned = false;
  constexpr JournalPlace() = default;
  constexpr void give(Journal& journal) { given_ = &journal; }
  constexpr bool is_attached() const { return given_ != nullptr; }
  Journal& get() { return *given_; }

 private:
  Journal* given_ = nullptr;
};

}  // namespace tmd::detail
