// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>
#include <type_traits>

namespace tmd::detail {

/// Memory for an object that is made later, zero until then: so that the object around it can lie in zeroed
/// memory without start-up code, whatever the object in it begins with.
template <class Object, bool kTrivial = std::is_trivially_destructible<Object>::value>
class Late {
 public:
  constexpr Late() : nothing_() {}
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;

  template <class... Arguments>
  void make(const Arguments&... arguments) {
    new (&object_) Object{arguments...};
  }
  Object& get() { return object_; }

 private:
  union {
    char nothing_;
    Object object_;
  };
};

/// The same for an object with a destructor, which costs one here.
template <class Object>
class Late<Object, false> {
 public:
  constexpr Late() : nothing_() {}
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;
  ~Late() { end(); }

  template <class... Arguments>
  void make(const Arguments&... arguments) {
    end();
    new (&object_) Object{arguments...};
    is_made_ = true;
  }
  Object& get() { return object_; }

 private:
  void end() {
    if (is_made_) object_.~Object();
    is_made_ = false;
  }

  union {
    char nothing_;
    Object object_;
  };
  bool is_made_ = false;
};

}  // namespace tmd::detail
