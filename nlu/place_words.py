"""The small words of place: what stands before names, and which names are plain words too."""

from __future__ import annotations

from nlu.word_list import words

# before the name of a kecamatan
KECAMATAN = words(
    """
    kec kecamatan kecamtan kcamatan
    """
)
# before the name of a kelurahan, desa or negeri
KELURAHAN = words(
    """
    kel kelurahan klurahan kelurhan desa ds dsa negeri negri dusun dsn
    """
)
# before the name of any place
CUES = (
    words(
        """
    di d dii ka dekat dkt deket depan dpn dpan belakang blkg blakang balakang samping smpg sebelah sblh jalan
    lorong gang simpang perempatan pertigaan kampung kampong kp arah ke k dari dr area daerah kawasan sekitar
    seputaran wilayah lokasi lokasinya posisi posisinya alamat alamatnya pasar pantai masjid gereja sd sdn smp
    sma smk puskesmas hotel toko perumahan btn komplek kompleks pas seberang ujung pinggir atas bawah antara
    terminal pelabuhan jembatan kota kali sungai gunung at in near ri ning nang muka menuju tempatnya tempat
    rumah sini disini didepan didekat
    """
    )
    | KECAMATAN
    | KELURAHAN
)
# before a name that says a direction, not the place
TOWARDS = words(
    """
    ke k menuju arah dari dr jurusan
    """
)
# joined names that are plain words too: they count only after a cue
PLAIN = words(
    """
    mata benteng soya ema emma kilang lata paso rumah3 liang seram buru bula banda suli hatu hila raha
    baruga silo negeri5 tengahtengah mangga2 gotongroyong jmp rst alang wai
    kusukusu sentral talia bende soyo buton muna wangiwangi sanua mall thr pesri kota lama benua
    """
)
# what places are: a name follows
NOUNS = words(
    """
    masjid gereja sekolah sd sdn smp smpn sma sman smk smkn mts man tk toko ruko hotel warung rm apotek klinik
    indomaret alfamart alfamidi pasar jalan lorong gang simpang perempatan pertigaan perumahan btn kompleks
    komplek kos spbu pertamina kantor puskesmas jembatan lapangan pantai dermaga pelabuhan bengkel bank kampus
    universitas pesantren pura vihara gardu lampu tugu bundaran terminal asrama wisma perum blok dusun kafe cafe
    swalayan gudang jurang kali
    """
)
# kinds of place that are known by a name alone
STREET_NOUNS = words(
    """
    jalan lorong gang perumahan btn perum blok dusun kompleks komplek
    """
)
# names that are parts of the body: "di mata" is a place only with a capital or after a level
BODY = words("mata")
