#include <net/buffered_socket.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace itsup::net {

namespace {

/// Most requests fit; what streams grows to the second.
constexpr std::size_t read_bytes_min = 2048;
constexpr std::size_t read_bytes_max = std::size_t{128} * 1024;

}  // namespace

BufferedSocket::BufferedSocket(Socket socket)
    : socket_(std::move(socket)), wanted_(read_bytes_min) {}

bool BufferedSocket::is_quiet() {
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return unread().empty() && got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void BufferedSocket::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void BufferedSocket::release_while_waiting() {
    if (fills_eagerly_ && unread().empty()) {
        release_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
}

void BufferedSocket::cancel() {
    release_ = false;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

runtime::Task<std::size_t> BufferedSocket::fill() {
    if (waiting_ == Waiting::eager) {
        make_room();
        const auto room = capacity_ - end_;
        const auto target = asio::buffer(data_.get() + end_, room);
        fills_eagerly_ = true;
        auto [error, got] = co_await socket_.async_read_some(target, runtime::use_tuple);
        fills_eagerly_ = false;
        const bool released = std::exchange(release_, false);
        if (!error || error == asio::error::eof) {
            co_return took(got, room);
        }
        if (!released || error != asio::error::operation_aborted) {
            co_return runtime::to_error(error, "read");
        }
    }
    while (true) {
        if (!more_likely_) {
            release_if_empty();
            auto [error] = co_await socket_.async_wait(Socket::wait_read, runtime::use_tuple);
            if (error) {
                co_return runtime::to_error(error, "read");
            }
        }
        make_room();
        const auto room = capacity_ - end_;
        const auto got = ::recv(socket_.native_handle(), data_.get() + end_, room, MSG_DONTWAIT);
        if (got >= 0) {
            co_return took(static_cast<std::size_t>(got), room);
        }
        more_likely_ = false;
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            co_return runtime::to_error({errno, boost::system::system_category()}, "read");
        }
    }
}

std::size_t BufferedSocket::took(std::size_t bytes, std::size_t room) {
    end_ += bytes;
    more_likely_ = bytes == room;
    wanted_ = more_likely_ ? std::min(room * 2, read_bytes_max) : read_bytes_min;
    return bytes;
}

void BufferedSocket::make_room() {
    if (capacity_ - end_ >= wanted_) {
        return;
    }
    const auto unread_bytes = end_ - start_;
    if (capacity_ - unread_bytes < wanted_) {
        capacity_ = unread_bytes + wanted_;
        auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
        if (unread_bytes > 0) {
            std::memcpy(larger.get(), data_.get() + start_, unread_bytes);
        }
        data_ = std::move(larger);
    } else if (unread_bytes > 0) {
        std::memmove(data_.get(), data_.get() + start_, unread_bytes);
    }
    start_ = 0;
    end_ = unread_bytes;
}

void BufferedSocket::release_if_empty() {
    if (start_ == end_) {
        data_.reset();
        capacity_ = 0;
        start_ = 0;
        end_ = 0;
    }
}

}  // namespace itsup::net
