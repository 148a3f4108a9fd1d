#pragma once

#include <net/socket.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace itsup::net {

/// A socket with its unread bytes. While it waits with nothing unread it holds no buffer, so ten
/// thousand idle connections cost their descriptors and little more.
class BufferedSocket {
  public:
    explicit BufferedSocket(Socket socket);

    [[nodiscard]] Socket& socket() { return socket_; }
    [[nodiscard]] std::string_view unread() const { return {data_.get() + start_, end_ - start_}; }
    void consume(std::size_t bytes) { start_ += bytes; }
    /// Whether the other side neither closed nor sent anything.
    [[nodiscard]] bool is_quiet();
    void close();

    /// Appends to unread(); gives how many bytes, 0 = the other side closed. Earlier views die.
    /// Cancelling loses nothing.
    runtime::Task<std::size_t> fill();

    /// Bytes of memory held for reading now.
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

  private:
    void make_room();
    void release_if_empty();

    Socket socket_;
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t start_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_;
    /// The last read filled the buffer: more is likely there, so read before waiting.
    bool more_likely_ = false;
};

}  // namespace itsup::net
