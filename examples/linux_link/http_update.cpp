// SPDX-License-Identifier: Apache-2.0
// A Linux board, or a gateway, that takes updates out of a tree of `tmd publish` by HTTP: asks for its pointer, then
// for the patch from where it stands (a range). Killed at any time and started again it goes on where it was. One run
// does one update and keeps the model of the run before; exit status 0 also where there is nothing to do.
// usage: http_update FLASH URL CHANNEL DEVICE
#include <curl/curl.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "linux_device.hpp"
#include "published_tree.hpp"

namespace {

using Sink = std::size_t (*)(char* bytes, std::size_t one, std::size_t size, void* context);

LinuxDevice device;

struct Answer {
  long status = 0;  ///< Of HTTP; 0 where the server was not reached, or the sink took less than it was given.
  std::string why;  ///< Then.
};

Answer get(const std::string& url, std::uint32_t from, Sink sink, void* context) {
  CURL* request = curl_easy_init();
  curl_easy_setopt(request, CURLOPT_URL, url.c_str());
  curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, sink);
  curl_easy_setopt(request, CURLOPT_WRITEDATA, context);
  curl_easy_setopt(request, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(request, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(request, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(request, CURLOPT_LOW_SPEED_TIME, 30L);
  // libcurl ends a transfer whose server does not answer a resumption with that range.
  if (from != 0) curl_easy_setopt(request, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(from));
  const CURLcode done = curl_easy_perform(request);
  Answer answer;
  if (done == CURLE_OK || done == CURLE_HTTP_RETURNED_ERROR)
    curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &answer.status);
  if (done != CURLE_OK) answer.why = curl_easy_strerror(done);
  curl_easy_cleanup(request);
  return answer;
}

/// A pointer is short: a server that sends more is not listened to.
std::size_t append(char* bytes, std::size_t, std::size_t size, void* context) {
  std::string& text = *static_cast<std::string*>(context);
  if (text.size() + size > kLongestPointer) return 0;
  text.append(bytes, size);
  return size;
}

/// The patch as it comes, and how far the update is.
struct Download {
  std::uint32_t offset = 0;  ///< Patch offset of the next byte that the server sends.
  tmd::Status status = tmd::Status::need_more;
};

/// Ends the transfer when nothing more is wanted: an error, or the whole patch with more behind it.
std::size_t feed(char* bytes, std::size_t, std::size_t size, void* context) {
  Download& download = *static_cast<Download*>(context);
  if (download.status != tmd::Status::need_more) return 0;
  download.status =
      device.feed(download.offset, tmd::ConstBytes(reinterpret_cast<const std::uint8_t*>(bytes), size));
  download.offset += static_cast<std::uint32_t>(size);
  return tmd::is_error(download.status) ? 0 : size;
}

tmd::Status fetch_patch(const std::string& tree, const Pointer& pointer) {
  const tmd::Status opened = device.open_update(pointer.identity);
  if (opened != tmd::Status::ok) return opened;
  Download download;
  download.offset = device.updater().resume_offset();
  std::printf("from patch byte %u\n", static_cast<unsigned>(download.offset));
  std::fflush(stdout);
  // A server without ranges answers 200 and sends the patch from its first byte: then nothing is fed (see `get`).
  const Answer answer = get(tree + "/o/" + pointer.object, download.offset, feed, &download);
  if (download.status == tmd::Status::ready_to_finish) return device.finish();
  if (download.status == tmd::Status::need_more)
    std::fprintf(stderr,
                 "http_update: the patch broke off (%ld%s%s); run this again: it goes on at byte %u\n",
                 answer.status, answer.why.empty() ? "" : ", ", answer.why.c_str(),
                 static_cast<unsigned>(device.updater().resume_offset()));
  return download.status;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: http_update FLASH URL CHANNEL DEVICE\n", stderr);
    return 2;
  }
  if (!device.start("http_update", arguments[1])) return 3;
  tmd::Status status = device.keep_model();
  if (status != tmd::Status::ok) {
    std::fprintf(stderr, "http_update: %s\n", tmd::to_string(status));
    return 3;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::string tree = arguments[2];
  const std::string url = tree + "/c/" + pointer_place(arguments[3], arguments[4], device.store().active());
  std::string text;
  const Answer answer = get(url, 0, append, &text);
  if (answer.status == 404) {
    std::puts("nothing to do");
    return 0;
  }
  Pointer pointer;
  if (answer.status != 200) {
    const std::string why =
        answer.status != 0 ? "the server answered " + std::to_string(answer.status) : answer.why;
    std::fprintf(stderr, "http_update: %s: %s\n", url.c_str(), why.c_str());
    return 3;
  }
  if (!read_pointer(text, pointer)) {
    std::fprintf(stderr, "http_update: %s: this is no pointer of tmd publish\n", url.c_str());
    return 3;
  }
  status = fetch_patch(tree, pointer);
  std::printf("update: %s\n", tmd::to_string(status));
  return status == tmd::Status::ok ? 0 : 3;
}
