// SPDX-License-Identifier: Apache-2.0
// Serves a tree of `tmd publish` by CoAP, and nothing but its files: it keeps no state. p/CHANNEL/BUCKET/BASE is the
// patch that the pointer there names, with the patch's identity as its ETag; whole blocks (RFC 7959) of the size that
// is asked for, 1024 bytes at most.
// usage: coap_files [-l LOSS] TREE PORT
//   -l  the share of its own messages that libcoap shall lose, "10%": for tests
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "../linux_link/linux_device.hpp"
#include "../linux_link/published_tree.hpp"
#include "../linux_link/tree_file.hpp"

namespace {

std::string tree;

/// The path of the request; empty where a part of it could lead out of the tree.
std::string path_of(const coap_pdu_t* request) {
  std::string path;
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_URI_PATH);
  coap_option_iterator_init(request, &iterator, &filter);
  while (const coap_opt_t* option = coap_option_next(&iterator)) {
    const std::string part(reinterpret_cast<const char*>(coap_opt_value(option)), coap_opt_length(option));
    for (const char c : part) {
      const bool is_plain =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
      if (!is_plain) return "";
    }
    if (part.empty()) return "";
    path += "/" + part;
  }
  return path;
}

void add_number(coap_pdu_t* answer, coap_option_num_t option, std::uint32_t number) {
  std::uint8_t bytes[4];
  coap_add_option(answer, option, coap_encode_var_safe(bytes, sizeof(bytes), number), bytes);
}

void add_identity(coap_pdu_t* answer, std::uint32_t identity) {
  const std::uint8_t bytes[4] = {
      static_cast<std::uint8_t>(identity >> 24), static_cast<std::uint8_t>(identity >> 16),
      static_cast<std::uint8_t>(identity >> 8), static_cast<std::uint8_t>(identity)};
  coap_add_option(answer, COAP_OPTION_ETAG, sizeof(bytes), bytes);
}

void answer_get(coap_resource_t*, coap_session_t*, const coap_pdu_t* request, const coap_string_t*,
                coap_pdu_t* answer) {
  const std::string path = path_of(request);
  Pointer pointer;
  if (path.rfind("/p/", 0) != 0 || !read_pointer(TreeFile(tree + "/c" + path.substr(2)).read(), pointer))
    return coap_pdu_set_code(answer, COAP_RESPONSE_CODE_NOT_FOUND);
  coap_block_t block = {};
  block.szx = 6;
  coap_opt_iterator_t iterator;
  const bool is_asked = coap_check_option(request, COAP_OPTION_BLOCK2, &iterator) != nullptr;
  // The size that is reserved is none to libcoap.
  if (is_asked && (coap_get_block(request, COAP_OPTION_BLOCK2, &block) == 0 || block.szx > 6))
    return coap_pdu_set_code(answer, COAP_RESPONSE_CODE_BAD_REQUEST);
  const std::size_t size = std::size_t{16} << block.szx;
  const TreeFile patch(tree + "/o/" + pointer.object);
  const std::string piece = patch.read(block.num * size, size);
  if (piece.empty()) return coap_pdu_set_code(answer, COAP_RESPONSE_CODE_BAD_OPTION);
  const bool has_more = block.num * size + piece.size() < patch.size();
  coap_pdu_set_code(answer, COAP_RESPONSE_CODE_CONTENT);
  add_identity(answer, pointer.identity);
  add_number(answer, COAP_OPTION_MAXAGE, 60);
  add_number(answer, COAP_OPTION_BLOCK2, block.num << 4 | (has_more ? 8U : 0U) | block.szx);
  if (block.num == 0) add_number(answer, COAP_OPTION_SIZE2, static_cast<std::uint32_t>(patch.size()));
  coap_add_data(answer, piece.size(), reinterpret_cast<const std::uint8_t*>(piece.data()));
}

}  // namespace

int main(int count, char** arguments) {
  const char* loss = nullptr;
  for (int option = 0; (option = ::getopt(count, arguments, "l:")) != -1;) {
    if (option != 'l') return 2;
    loss = optarg;
  }
  const std::uint16_t port = count - optind == 2 ? port_in(arguments[optind + 1]) : std::uint16_t{0};
  if (port == 0) {
    std::fputs("usage: coap_files [-l LOSS] TREE PORT\n", stderr);
    return 2;
  }
  tree = arguments[optind];
  coap_startup();
  coap_address_t own;
  coap_address_init(&own);
  own.size = sizeof(own.addr.sin);
  own.addr.sin.sin_family = AF_INET;
  own.addr.sin.sin_port = htons(port);
  own.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // a product listens where its devices are
  coap_context_t* context = coap_new_context(nullptr);
  if (context == nullptr || coap_new_endpoint(context, &own, COAP_PROTO_UDP) == nullptr) {
    std::fprintf(stderr, "coap_files: cannot listen on port %u\n", static_cast<unsigned>(port));
    return 3;
  }
  if (loss != nullptr) coap_debug_set_packet_loss(loss);
  // Every path that has no resource of its own: all of them. Only GET is answered.
  coap_resource_t* files = coap_resource_unknown_init(nullptr);
  coap_register_request_handler(files, COAP_REQUEST_GET, answer_get);
  coap_add_resource(context, files);
  for (;;) coap_io_process(context, COAP_IO_WAIT);
}
