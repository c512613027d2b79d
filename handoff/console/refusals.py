"""Why the console says no: a word for the page, a sentence for the operator that says what to do."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

# word -> (HTTP status, what the operator reads)
_SAID: dict[str, tuple[int, str]] = {
    "login": (401, "Sesi Anda sudah berakhir. Masuk lagi."),
    "bad_login": (401, "Nama pengguna atau kata sandi salah. Periksa lagi, lalu coba masuk."),
    "locked": (423, "Terlalu banyak percobaan masuk yang gagal. Tunggu {seconds} detik, lalu coba lagi."),
    "busy": (503, "Server sedang menerima terlalu banyak percobaan masuk. Coba lagi sebentar."),
    "origin": (403, "Permintaan ini datang dari halaman lain. Buka konsol dari alamat resminya."),
    "csrf": (403, "Tanda pengaman halaman tidak cocok. Muat ulang halaman, lalu coba lagi."),
    "must_change_password": (403, "Ganti kata sandi sementara Anda dulu."),
    "weak_password": (
        422,
        "Kata sandi baru terlalu mudah ditebak. Pakai paling sedikit 12 karakter yang beragam, tanpa nama Anda.",
    ),
    "wrong_password": (422, "Kata sandi lama salah. Ketik lagi."),
    "not_found": (404, "Data tidak ditemukan atau bukan wilayah Anda."),
    "not_allowed": (403, "Peran Anda tidak boleh melakukan ini. Minta bantuan admin atau supervisor."),
    "invalid": (422, "Isian tidak lengkap atau tidak sah ({fields}). Periksa lagi."),
    "too_large": (413, "Kiriman terlalu besar. Pendekkan isinya."),
    "held": (409, "Percakapan ini sedang ditangani oleh {by}."),
    "claimed": (409, "Laporan ini sedang ditangani oleh {by}."),
    "not_yours": (409, "Ambil percakapan ini dulu sebelum membalas."),
    "stale": (409, "Laporan ini baru saja diubah orang lain. Periksa isinya, lalu simpan lagi."),
    "closed": (409, "Laporan ini sudah ditutup."),
    "client_id": (409, "Kiriman ini memakai tanda kirim yang sudah terpakai. Muat ulang halaman, lalu tulis lagi."),
    "empty": (422, "Balasan masih kosong. Tulis pesannya dulu."),
    "too_long": (422, "Balasan terlalu panjang untuk saluran ini. Pendekkan atau bagi dua."),
    "window_closed": (422, "Batas waktu membalas di WhatsApp sudah lewat. Hubungi pelapor lewat telepon atau SMS."),
    "telltale": (
        422,
        "Mode senyap: kata “{words}” bisa membahayakan orang ini. Ubah, atau kirim bila Anda yakin.",
    ),
    "card_not_approved": (422, "Kartu ini belum disetujui atau sudah kedaluwarsa, jadi tidak boleh dikirim."),
    "unknown_category": (422, "Jenis kejadian itu tidak dikenal di kota ini. Pilih dari daftar."),
    "unknown_kecamatan": (422, "Kecamatan itu tidak ada di kota ini. Pilih dari daftar, atau kosongkan."),
    "bad_name": (422, "Nama pelapor tidak terbaca. Tulis dengan huruf, atau kosongkan."),
    "bad_phone": (422, "Nomor pelapor tidak sah. Tulis angkanya saja, seperti 0812 5550 1234, atau kosongkan."),
    "username_taken": (409, "Nama pengguna itu sudah dipakai. Pilih nama lain, atau buka lagi akunnya."),
    "bad_username": (
        422,
        "Nama pengguna tidak sah. Pakai 2 sampai 64 huruf kecil atau angka; titik dan tanda hubung boleh di tengah.",
    ),
    "bad_person_name": (422, "Nama orangnya belum diisi. Tulis nama yang dikenal rekan-rekannya."),
    "bad_role": (422, "Peran itu tidak dikenal. Pilih dari daftar."),
    "bad_cities": (422, "Pilih paling sedikit satu kota, dari kota-kota Anda sendiri."),
    "person_elsewhere": (409, "Akun ini juga bekerja untuk kota yang bukan wilayah Anda. Minta admin kota itu."),
    "person_disabled": (409, "Akun ini sedang ditutup. Buka dulu, lalu beri kata sandi baru."),
    "last_leader": (409, "Ini {role} terakhir yang aktif di kotanya. Tambahkan {role} lain dulu."),
    "faults": (422, "{what}"),
    "stale_draft": (409, "Rekan lain baru saja mengubah draf ini. Tulisan Anda tidak hilang: bandingkan, lalu simpan."),
    "second_person": (409, "Draf harus diperiksa dan diterbitkan oleh orang yang tidak ikut menulisnya."),
    "nothing": (409, "Tidak ada yang berubah, jadi tidak ada yang perlu dilakukan."),
    "exists": (409, "Isian dengan nama itu sudah ada. Buka dan ubah yang ada."),
    "checked": (409, "Pemeriksaan menemukan perubahan. Baca hasilnya, lalu terbitkan bila memang dimaksud."),
    "check_blocks": (409, "Tidak bisa diterbitkan: laporan darurat bisa tertangkap oleh jawaban ini. Lihat hasilnya."),
    "no_check": (503, "Pemeriksaan darurat belum siap, jadi belum bisa diterbitkan. Coba lagi sebentar."),
    "unreadable": (422, "{why}"),
    "import_busy": (409, "Impor lain sedang berjalan. Tunggu sampai selesai, lalu coba lagi."),
    "format": (422, "Bentuk berkas itu tidak ada untuk bagian ini. Pilih dari daftar."),
    "bad_picture": (422, "{why}"),
    "reason": (422, "Pilih alasan penutupan dari daftar."),
    "no_intent": (422, "Pilih dulu maksud kalimat ini, lalu setujui."),
    "unknown_intent": (422, "Maksud itu tidak dikenal di kota ini. Pilih dari daftar."),
    "decided": (409, "Contoh ini sudah diputuskan orang lain. Muat ulang daftarnya."),
    "judged": (409, "Pesan ini sudah diperiksa, atau sedang diperiksa orang lain. Lanjutkan ke pesan berikutnya."),
    "already_asked": (409, "Pelatihan sudah dalam antrean. Yang baru ikut dilatih di sana."),
    "model_refused": (409, "Model ini belum lulus ujian, jadi tidak boleh dipakai."),
    "model_gone": (409, "Berkas model ini sudah dihapus karena terlalu lama. Latih model baru."),
}


class Refusal(Exception):
    """The console will not do it. ``more`` goes into the answer beside ``error`` and ``detail``.

    ``said`` names the sentence where ``error`` has another one for its case.
    """

    def __init__(
        self, error: str, *, said: str | None = None, fills: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status, sentence = _SAID[said or error]
        self.detail = sentence.format_map(fills or {})
        self.more = more

    def answer(self) -> JSONResponse:
        """The answer in the contract's form."""
        more = {name: _plain(value) for name, value in self.more.items()}
        headers = {"Retry-After": str(more["retry_after"])} if "retry_after" in more else None
        return JSONResponse({"error": self.error, "detail": self.detail, **more}, self.status, headers)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
