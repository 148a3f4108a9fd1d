#pragma once

#include <net/socket.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace itsup::net {

/// A socket with its unread bytes. While it waits long with nothing unread it holds no buffer, so
/// ten thousand idle connections cost their descriptors and little more.
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

    /// What fill() does while nothing is there: `eager` waits with a buffer, which spares a system
    /// call for each message; `lean` (the default) waits without one.
    enum class Waiting { lean, eager };
    void set_waiting(Waiting waiting) { waiting_ = waiting; }
    /// Takes the buffer from an eager fill() that has waited long; it goes on waiting without.
    void release_while_waiting();
    /// Ends a fill() that waits, with an error.
    void cancel();

    /// Bytes of memory held for reading now.
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

  private:
    std::size_t took(std::size_t bytes, std::size_t room);
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
    Waiting waiting_ = Waiting::lean;
    bool fills_eagerly_ = false;
    bool release_ = false;
};

}  // namespace itsup::net
