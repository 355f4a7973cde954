// SPDX-License-Identifier: Apache-2.0
// A Linux board, or a gateway, that takes updates out of a tree of `tmd publish` by HTTP: asks for its pointer, then
// for the patch from where it stands (a range). Killed at any time and started again it goes on where it was. One run
// does one update and keeps the model of the run before; exit status 0 also where there is nothing to do.
// usage: http_update FLASH URL CHANNEL DEVICE
#include <curl/curl.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "file_flash.hpp"
#include "published_tree.hpp"
#include "tmd/updater.hpp"

namespace {

constexpr tmd::Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 64 * 1024}};

struct Config : tmd::DefaultConfig<FileFlash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
};

FileFlash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;

using Sink = std::size_t (*)(char* bytes, std::size_t one, std::size_t size, void* context);

/// The HTTP status; 0 where the server was not reached, or `sink` took less than it was given.
long get(const std::string& url, std::uint32_t from, Sink sink, void* context) {
  CURL* request = curl_easy_init();
  curl_easy_setopt(request, CURLOPT_URL, url.c_str());
  curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, sink);
  curl_easy_setopt(request, CURLOPT_WRITEDATA, context);
  curl_easy_setopt(request, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(request, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(request, CURLOPT_LOW_SPEED_TIME, 30L);
  // libcurl ends a transfer whose server does not answer a resumption with that range.
  if (from != 0) curl_easy_setopt(request, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(from));
  const CURLcode done = curl_easy_perform(request);
  long status = 0;
  if (done == CURLE_OK || done == CURLE_HTTP_RETURNED_ERROR)
    curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(request);
  return status;
}

std::size_t append(char* bytes, std::size_t, std::size_t size, void* context) {
  static_cast<std::string*>(context)->append(bytes, size);
  return size;
}

/// The patch as it comes, and how far the update is.
struct Download {
  std::uint32_t offset = 0;  ///< Patch offset of the next byte that the server sends.
  tmd::Status status = tmd::Status::need_more;
};

std::size_t feed(char* bytes, std::size_t, std::size_t size, void* context) {
  Download& download = *static_cast<Download*>(context);
  tmd::ConstBytes rest(reinterpret_cast<const std::uint8_t*>(bytes), size);
  do {
    const tmd::FeedResult fed = updater.feed_at(download.offset, rest);
    download.status = fed.status;
    download.offset += static_cast<std::uint32_t>(fed.consumed);
    rest = rest.from(fed.consumed);
  } while (download.status == tmd::Status::would_block ||
           (download.status == tmd::Status::need_more && !rest.empty()));
  return tmd::is_error(download.status) ? 0 : size;
}

tmd::Status fetch_patch(const std::string& tree, const std::string& pointer) {
  const auto identity =
      static_cast<std::uint32_t>(std::strtoul(pointer_field(pointer, "i").c_str(), nullptr, 16));
  tmd::Status status = tmd::until_done([&] { return updater.resume(identity); });
  if (status == tmd::Status::not_found) status = tmd::until_done([] { return updater.begin(); });
  if (status != tmd::Status::ok) return status;
  Download download;
  download.offset = updater.resume_offset();
  std::printf("from patch byte %u\n", static_cast<unsigned>(download.offset));
  // A server without ranges answers 200 and sends the patch from its first byte: then nothing is fed (see `get`).
  (void)get(tree + "/o/" + pointer_field(pointer, "o"), download.offset, feed, &download);
  if (download.status != tmd::Status::ready_to_finish) return download.status;
  return tmd::until_done([] { return updater.finish(); });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: http_update FLASH URL CHANNEL DEVICE\n", stderr);
    return 2;
  }
  if (!flash.open(arguments[1])) {
    std::perror(arguments[1]);
    return 3;
  }
  store.attach(flash, kLayout);
  tmd::Status status = tmd::until_done([] { return store.boot(); });
  // A product runs its self-test here.
  if (store.active().state == tmd::ModelState::trial)
    status = tmd::until_done([] { return store.confirm(); });
  if (tmd::is_error(status) && status != tmd::Status::not_found) {
    std::fprintf(stderr, "http_update: %s\n", tmd::to_string(status));
    return 3;
  }
  updater.attach(store);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::string tree = arguments[2];
  std::string pointer;
  const long answer =
      get(tree + "/c/" + pointer_place(arguments[3], arguments[4], store.active()), 0, append, &pointer);
  if (answer == 404) {
    std::puts("nothing to do");
    return 0;
  }
  if (answer != 200) {
    std::fprintf(stderr, "http_update: the server answered %ld\n", answer);
    return 3;
  }
  status = fetch_patch(tree, pointer);
  std::printf("update: %s\n", tmd::to_string(status));
  return status == tmd::Status::ok ? 0 : 3;
}
